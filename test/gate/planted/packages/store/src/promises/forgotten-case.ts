// red: promises switch-exhaustiveness-check
export function name(kind: "user" | "group"): string {
  switch (kind) {
    case "user":
      return "u";
  }
  return "";
}
