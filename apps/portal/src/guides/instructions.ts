import type { Guide } from "./guide.ts";

/**
 * A guide as plain text, to be sent to somebody who cannot come here, with the address in its place. The token is not in it: whoever
 * reads a mail on its way would be let in.
 */
export function instructionsOf({ name, labels, steps, expect }: Guide, endpointUrl: string): string {
  const values = [`${labels.endpointUrl}: ${endpointUrl}`, `${labels.bearerToken}: you are sent it by another way`];
  const written = steps.map(({ title, text, values: asked }, place) =>
    [`${place + 1}. ${title}`, ...text, ...(asked === undefined ? [] : values)].map(plain).join("\n   "),
  );
  const notes = expect.length === 0 ? [] : [["Good to know:", ...expect.map((line) => `- ${plain(line)}`)].join("\n")];
  return [`How to connect ${name}`, ...written, ...notes].join("\n\n");
}

const plain = (text: string): string => text.replaceAll("**", "");
