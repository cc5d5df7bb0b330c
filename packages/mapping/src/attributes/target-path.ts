import { type Attributes, isAttributes, type Json, ownValue } from "@muster/scim";
import type { ExpressionProblem } from "../expressions/expression-problem.ts";

/** One place in an app's user: `title`, `name.givenName`, `emails[type eq "work"].value`, or the same of an extension. */
export type TargetPath = {
  kind: "path";
  text: string;
  /** The extension that the attribute belongs to; undefined for SCIM's own. */
  urn: string | undefined;
  name: string;
  /** Which element of a multi-valued attribute: the one whose part has this value. */
  element: Element | undefined;
  part: string | undefined;
};

type Element = { part: string; value: string | boolean };

const MAX_CHARACTERS = 250;
const FORM =
  /^(?:(?<urn>urn:[\w.:-]+):)?(?<name>[a-z$][\w-]*)(?:\[(?<key>[a-z][\w-]*) eq (?:"(?<value>[^"\\]*)"|(?<flag>true|false))\])?(?:\.(?<part>[a-z$][\w-]*))?$/i;

/** Reads the place that a mapping writes to; what every object inherits is no attribute's name (V40). */
export function parseTargetPath(text: string): TargetPath | ExpressionProblem {
  const found = text.length > MAX_CHARACTERS ? undefined : FORM.exec(text)?.groups;
  const { urn, name, key, value, flag, part } = found ?? {};
  if (name === undefined) {
    const message = `"${text.slice(0, 80)}" is no place in a user: write title, name.givenName or emails[type eq "work"].value`;
    return { kind: "problem", message };
  }
  if ([name, key, part].some((one) => one !== undefined && one in Object.prototype))
    return { kind: "problem", message: `"${text}" names what cannot be an attribute` };
  const element = key === undefined ? undefined : { part: key, value: value ?? flag?.toLowerCase() === "true" };
  return { kind: "path", text, urn, name, element, part };
}

/** What is at a place; undefined where there is nothing. */
export function readTarget(user: Attributes, path: TargetPath): Json | undefined {
  const home = path.urn === undefined ? user : ownValue(user, path.urn);
  if (!isAttributes(home)) return undefined;
  const attribute = ownValue(home, path.name);
  const holder = path.element === undefined ? attribute : elementOf(attribute, path.element);
  if (path.part === undefined) return holder;
  return isAttributes(holder) ? ownValue(holder, path.part) : undefined;
}

/** Puts a value at a place, making what it stands in. Elements are told apart by what the path says of them. */
export function writeTarget(user: Attributes, path: TargetPath, value: Json): void {
  const home = path.urn === undefined ? user : objectAt(user, path.urn);
  if (path.element === undefined) {
    if (path.part === undefined) home[path.name] = value;
    else objectAt(home, path.name)[path.part] = value;
    return;
  }
  const attribute = ownValue(home, path.name);
  const list = Array.isArray(attribute) ? attribute : [];
  home[path.name] = list;
  let element = elementOf(list, path.element);
  if (element === undefined) {
    element = { [path.element.part]: path.element.value };
    list.push(element);
  }
  if (path.part !== undefined) element[path.part] = value;
  else if (isAttributes(value)) Object.assign(element, value);
}

function objectAt(home: Attributes, name: string): Attributes {
  const there = ownValue(home, name);
  if (isAttributes(there)) return there;
  const made: Attributes = {};
  home[name] = made;
  return made;
}

function elementOf(attribute: Json | undefined, { part, value }: Element): Attributes | undefined {
  if (!Array.isArray(attribute)) return undefined;
  return attribute.filter(isAttributes).find((element) => ownValue(element, part) === value);
}
