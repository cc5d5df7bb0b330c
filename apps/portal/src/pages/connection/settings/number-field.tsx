import { TextInput } from "@mantine/core";

type Props = {
  label: string;
  description?: string;
  value: number | null;
  /** Null when the field is empty. */
  onChange(value: number | null): void;
  max: number;
};

/** A whole number from 1. */
export function NumberField({ label, description, value, onChange, max }: Props) {
  return (
    <TextInput
      type="number"
      label={label}
      description={description}
      value={value ?? ""}
      min={1}
      max={max}
      step={1}
      onChange={({ currentTarget }) => {
        if (currentTarget.value === "") onChange(null);
        else if (Number.isInteger(currentTarget.valueAsNumber)) onChange(currentTarget.valueAsNumber);
      }}
    />
  );
}
