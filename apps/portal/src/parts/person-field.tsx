import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import type { UserView } from "@muster/contract";
import { useState } from "react";
import { useList } from "../api/queries.ts";

const PAUSE_MS = 200;
const OFFERED = 20;

type Props = {
  tenantId: string;
  directoryId: string;
  label: string;
  value: Pick<UserView, "id" | "userName"> | null;
  onChange(person: UserView): void;
};

/** A field for somebody of a directory: found by the beginning of a name or an address. */
export function PersonField({ tenantId, directoryId, label, value, onChange }: Props) {
  const [text, setText] = useState(value?.userName ?? "");
  const [search] = useDebouncedValue(text.trim(), PAUSE_MS);
  const isChosen = search === value?.userName;
  const query = { directoryId, pageSize: OFFERED, ...(search === "" || isChosen ? {} : { search }) };
  const { items } = useList("GET /api/v1/tenants/{tenantId}/users", { params: { tenantId }, query });
  const known = value === null || items.some(({ id }) => id === value.id) ? items : [value, ...items];
  return (
    <Select
      label={label}
      placeholder="Name or e-mail address"
      searchable
      value={value?.id ?? null}
      onChange={(id) => {
        const person = items.find((one) => one.id === id);
        if (person !== undefined) onChange(person);
      }}
      searchValue={text}
      onSearchChange={setText}
      data={known.map(({ id, userName }) => ({ value: id, label: userName }))}
      filter={({ options }) => options}
      nothingFoundMessage="Nobody's name begins so"
      allowDeselect={false}
      maxLength={200}
    />
  );
}
