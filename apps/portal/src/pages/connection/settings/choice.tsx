import { Select } from "@mantine/core";

type Props<V extends string> = {
  label: string;
  value: V;
  onChange(value: V): void;
  /** What each value means, in the order in which they are offered. */
  options: Readonly<Record<V, string>>;
};

/** One of a few values, each said in words. */
export function Choice<V extends string>({ label, value, onChange, options }: Props<V>) {
  const known = Object.keys(options) as V[];
  return (
    <Select
      label={label}
      value={value}
      onChange={(chosen) => onChange(known.find((one) => one === chosen) ?? value)}
      data={known.map((one) => ({ value: one, label: options[one] }))}
      allowDeselect={false}
    />
  );
}
