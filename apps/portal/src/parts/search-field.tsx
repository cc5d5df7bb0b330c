import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Icon } from "./icon.tsx";

/** Long enough to type a word, short enough not to be waited for. */
const PAUSE_MS = 250;

/** A search field and what is to be looked for: the text once the typing has stopped. */
export function useSearch(label: string, placeholder: string) {
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), PAUSE_MS);
  const field = (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      leftSection={<Icon name="search" size={16} />}
      maw={420}
      maxLength={200}
    />
  );
  return { field, search: search === "" ? undefined : search };
}
