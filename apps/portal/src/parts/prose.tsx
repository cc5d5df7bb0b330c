import { Fragment } from "react";

/** A sentence of a guide: words between two asterisks are shown as they stand on a screen. */
export function Prose({ text }: { text: string }) {
  const parts = text.split("**").map((words, place) => ({ words, place }));
  return (
    <>
      {parts.map(({ words, place }) =>
        place % 2 === 1 ? <strong key={place}>{words}</strong> : <Fragment key={place}>{words}</Fragment>,
      )}
    </>
  );
}
