import { Button, PasswordInput, Select, Stack, Textarea, TextInput } from "@mantine/core";
import type { ConnectorList, TargetProfile } from "@muster/contract";
import { type Field, fieldsOf, type Values, valueAt } from "./target-draft.ts";

type Props = {
  kind: ConnectorList["kinds"][number];
  profile: TargetProfile | undefined;
  values: Values;
  onChange(values: Values): void;
};

/** The form of a target, drawn from what its connector says that it needs. */
export function TargetFields({ kind, profile, values, onChange }: Props) {
  return fieldsOf(kind, values, profile).map((field) => (
    <TargetField
      key={`${field.path} ${field.when?.is ?? ""}`}
      field={field}
      value={valueAt(kind, values, field.path, profile)}
      onChange={(value) => onChange({ ...values, [field.path]: value })}
    />
  ));
}

type FieldProps = { field: Field; value: string; onChange(value: string): void };

function TargetField({ field, value, onChange }: FieldProps) {
  const label = field.required ? field.label : `${field.label} (optional)`;
  const asked = { label, description: field.help, value, autoComplete: "off" } as const;
  if (field.control === "choice")
    return (
      <Select
        label={label}
        description={field.help}
        value={value}
        onChange={(chosen) => onChange(chosen ?? "")}
        data={(field.options ?? []).map(({ key, label: name }) => ({ value: key, label: name }))}
        allowDeselect={false}
      />
    );
  if (field.control === "multiline" || field.control === "json")
    return (
      <Stack gap={6} align="stretch">
        <Textarea
          {...asked}
          onChange={(event) => onChange(event.currentTarget.value)}
          autosize
          minRows={field.control === "json" ? 8 : 2}
          maxRows={field.control === "json" ? 20 : 6}
          spellCheck={false}
          classNames={{ input: "secret" }}
        />
        {field.example !== undefined && value === "" && (
          <Button
            size="xs"
            variant="default"
            onClick={() => onChange(field.example ?? "")}
            style={{ alignSelf: "flex-start" }}
          >
            Begin with an example
          </Button>
        )}
      </Stack>
    );
  if (field.writeOnly)
    return (
      <PasswordInput
        {...asked}
        description={`${field.help} Kept sealed, and never shown again.`}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": "Show it" }}
      />
    );
  return (
    <TextInput
      {...asked}
      type={field.control === "text" ? "text" : field.control}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
