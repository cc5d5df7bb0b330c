import { Autocomplete } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useList } from "../api/queries.ts";

const PAUSE_MS = 200;
const OFFERED = 20;

type Props = {
  tenantId: string;
  directoryId: string;
  label: string;
  isLabelShown?: boolean;
  value: string;
  onChange(value: string): void;
  onChoose?(value: string): void;
};

/** A field for a group's name: offers those that are there, and takes one that has not arrived yet. */
export function GroupField(props: Props) {
  const { tenantId, directoryId, label, isLabelShown = false, value, onChange, onChoose } = props;
  const [search] = useDebouncedValue(value.trim(), PAUSE_MS);
  const query = { directoryId, pageSize: OFFERED, ...(search === "" ? {} : { search }) };
  const { items } = useList("GET /api/v1/tenants/{tenantId}/groups", { params: { tenantId }, query });
  return (
    <Autocomplete
      {...(isLabelShown ? { label } : { "aria-label": label })}
      placeholder="Name of a group"
      value={value}
      onChange={onChange}
      {...(onChoose === undefined ? {} : { onOptionSubmit: onChoose })}
      data={[...new Set(items.map((group) => group.displayName))]}
      limit={OFFERED}
      maxLength={1024}
    />
  );
}
