/** Hears everything that leaves the gateway, to search it for what must stay inside (V23). */
export type Ear = {
  logged(line: string): void;
  answered(text: string): void;
  /** Notes a secret and gives it back. */
  secret(text: string): string;
  secrets(): readonly string[];
  heard(): readonly string[];
  logLines(): readonly string[];
};

/** Opens an ear that remembers all it hears. */
export function createEar(): Ear {
  const log: string[] = [];
  const answers: string[] = [];
  const secrets = new Set<string>();
  return {
    logged: (line) => void log.push(line),
    answered: (text) => void answers.push(text),
    secret(text) {
      secrets.add(text);
      return text;
    },
    secrets: () => [...secrets],
    heard: () => [...log, ...answers],
    logLines: () => log,
  };
}

/**
 * Finds the secrets that are in these texts, raw or as base64, base64url, hex or percent escapes. Base64 depends on where
 * a secret begins, so all three beginnings are looked for, without the letters at the edges that depend on neighbours.
 */
export function findLeaks(texts: readonly string[], secrets: readonly string[]): { form: string; text: string }[] {
  const all = texts.join("\n").toLowerCase();
  return secrets.flatMap((secret) =>
    formsOf(secret).flatMap(({ form, text }) => (all.includes(text.toLowerCase()) ? [{ form, text }] : [])),
  );
}

function formsOf(secret: string): { form: string; text: string }[] {
  const bytes = Buffer.from(secret, "utf8");
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "")
      .slice(4, -2),
  );
  const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  return [
    { form: "raw", text: secret },
    ...base64.map((text) => ({ form: "base64", text })),
    ...base64.map((text) => ({ form: "base64url", text: text.replaceAll("+", "-").replaceAll("/", "_") })),
    { form: "hex", text: bytes.toString("hex") },
    { form: "percent escapes", text: escaped },
    { form: "URL", text: encodeURIComponent(secret) },
    { form: "JSON in JSON", text: JSON.stringify(JSON.stringify(secret)).slice(3, -3) },
  ];
}
