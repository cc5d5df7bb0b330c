import type { Connection, ConnectionTarget, ConnectorList, TargetProfile } from "@muster/contract";

type Kind = ConnectorList["kinds"][number];
export type Field = Kind["fields"][number];

/** What was filled in, by the path of each field. */
export type Values = Readonly<Record<string, string>>;

// What is a setting, and not of the target itself, has its place among the settings.
const isOfTarget = ({ path }: Field) => path !== "updateMethod";

/** The fields that are there for what is chosen so far; with a profile only the ways to sign in that it has. */
export function fieldsOf(kind: Kind, values: Values, profile: TargetProfile | undefined): Field[] {
  const shown = kind.fields.filter(isOfTarget).filter(({ when }) => {
    if (when === undefined) return true;
    return valueAt(kind, values, when.path, profile) === when.is;
  });
  return shown.map((field) => (profile === undefined ? field : narrow(field, profile)));
}

function narrow(field: Field, { signIn, baseUrl }: TargetProfile): Field {
  if (field.path === "baseUrl") return { ...field, help: baseUrl.help };
  if (field.path !== "auth.scheme") return field;
  const known = signIn.map(({ scheme }): string => scheme);
  return {
    ...field,
    help: signIn.map(({ help }) => help).join(" "),
    options: (field.options ?? []).filter(({ key }) => known.includes(key)),
  };
}

/** A field's value: what was filled in, else what the profile or the kind begins with. */
export function valueAt(kind: Kind, values: Values, path: string, profile: TargetProfile | undefined): string {
  const given = values[path];
  if (given !== undefined) return given;
  if (path === "baseUrl" && profile !== undefined) return profile.baseUrl.preset;
  if (path === "auth.scheme" && profile?.signIn[0] !== undefined) return profile.signIn[0].scheme;
  if (path === "auth.name" && profile !== undefined) return profile.signIn.find(({ header }) => header)?.header ?? "";
  return kind.fields.find((field) => field.path === path)?.default ?? "";
}

/** What a target that is there has for its form: everything but its secrets. */
export function shownValues(kind: Kind, target: Connection["target"]): Values {
  const shown = kind.fields.flatMap(({ path, control }) => {
    const value = path.split(".").reduce<unknown>(partOf, target);
    if (control === "json" && value !== undefined) return [[path, JSON.stringify(value, null, 2)]];
    return typeof value === "string" || typeof value === "number" ? [[path, String(value)]] : [];
  });
  return Object.fromEntries(shown);
}

const partOf = (whole: unknown, name: string): unknown =>
  typeof whole === "object" && whole !== null ? (whole as Record<string, unknown>)[name] : undefined;

/**
 * What is known of an app beyond its kind: only the ways to sign in that it has, and where it is. The first profile of a kind stands for
 * any app that is spoken to so, which may have every way that the kind has.
 */
export function knownApp({ profiles }: ConnectorList, key: string | null): TargetProfile | undefined {
  const profile = profiles.find((one) => one.key === key);
  return profile === profiles.find(({ kind }) => kind === profile?.kind) ? undefined : profile;
}

/** What is missing before a target can be saved; null for nothing. */
export function lackOfTarget(kind: Kind, values: Values, profile: TargetProfile | undefined): string | null {
  const isEmpty = (field: Field) => valueAt(kind, values, field.path, profile).trim() === "";
  const lacking = fieldsOf(kind, values, profile).find((field) => field.required && isEmpty(field));
  if (lacking !== undefined) return `Fill in: ${lacking.label}.`;
  const unread = fieldsOf(kind, values, profile).find(
    (field) =>
      field.control === "json" && !isEmpty(field) && readJson(valueAt(kind, values, field.path, profile)) === undefined,
  );
  if (unread !== undefined) return `${unread.label}: this is no JSON yet.`;
  return /[{}]/.test(valueAt(kind, values, "baseUrl", profile)) ? "Fill in what is within braces." : null;
}

/** The target as the API takes it; what does not fit, it tells. */
export function toTarget(kind: Kind, values: Values, profile: TargetProfile | undefined): ConnectionTarget {
  const target: Record<string, unknown> = { kind: kind.kind };
  for (const { path, control } of fieldsOf(kind, values, profile)) {
    const text = valueAt(kind, values, path, profile);
    if (text !== "") put(target, path.split("."), readValue(text, control));
  }
  return target as ConnectionTarget;
}

function readValue(text: string, control: Field["control"]): unknown {
  if (control === "number") return Number(text);
  if (control === "json") return readJson(text);
  return control === "url" ? text.trim() : text;
}

/** What was written, undefined where it is no JSON. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function put(into: Record<string, unknown>, [name = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner = { ...(into[name] as Record<string, unknown> | undefined) };
  put(inner, rest, value);
  into[name] = inner;
}
