import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Collapse,
  Group,
  Paper,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Icon } from "../../../parts/icon.tsx";
import { type DraftRow, readDefault } from "./mapping-draft.ts";

/** What apps usually take; others can be written. */
const PLACES = [
  "userName",
  "name.givenName",
  "name.familyName",
  "displayName",
  "nickName",
  "title",
  "userType",
  "preferredLanguage",
  "locale",
  "timezone",
  "active",
  "emails",
  'emails[type eq "work"].value',
  'emails[type eq "work"].primary',
  'phoneNumbers[type eq "work"].value',
  "addresses",
  "roles",
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
];

type Props = {
  row: DraftRow;
  place: number;
  /** What is wrong with it; null for nothing. */
  error: string | null;
  /** What it gives for the person who is looked at. */
  gives: string | null;
  onEdit(change: Partial<DraftRow>): void;
  onRemove(): void;
};

/** One row of a mapping: where, from which expression, and what holds besides. */
export function MappingLine({ row, place, error, gives, onEdit, onRemove }: Props) {
  const [isOpen, options] = useDisclosure(false);
  const number = place + 1;
  return (
    <Paper component="li" withBorder p="sm">
      <Group gap="sm" align="flex-start">
        <Autocomplete
          aria-label={`Place of row ${number}`}
          placeholder="title"
          value={row.target}
          onChange={(target) => onEdit({ target })}
          data={PLACES}
          maxLength={250}
          style={{ flex: "2 1 11rem" }}
        />
        <Textarea
          aria-label={`Expression of row ${number}`}
          placeholder={row.language === "cel" ? "user.title" : 'Switch([jobTitle], "Other", "CEO", "Chief")'}
          value={row.text}
          onChange={(event) => onEdit({ text: event.currentTarget.value })}
          error={error}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={4000}
          spellCheck={false}
          classNames={{ input: "secret", error: "breakable" }}
          style={{ flex: "4 1 15rem" }}
        />
        <Group gap={2} wrap="nowrap" ml="auto">
          <Button
            variant="subtle"
            color="gray"
            size="sm"
            px="xs"
            aria-expanded={isOpen}
            aria-label={`Options of row ${number}`}
            onClick={options.toggle}
          >
            Options
          </Button>
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove row ${number}`} onClick={onRemove}>
            <Icon name="remove" size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <Facts row={row} gives={gives} />
      <Collapse expanded={isOpen}>
        <Options row={row} number={number} onEdit={onEdit} />
      </Collapse>
    </Paper>
  );
}

function Facts({ row, gives }: Pick<Props, "row" | "gives">) {
  const facts = [
    gives === null ? "" : `gives ${gives}`,
    row.default === null ? "" : `else ${JSON.stringify(row.default)}`,
    row.required ? "required" : "",
    row.onCreateOnly ? "on create only" : "",
    row.doNotClear ? "is not cleared" : "",
    row.language === "entra" ? "in Entra's language" : "",
  ].filter((fact) => fact !== "");
  if (facts.length === 0) return null;
  return (
    <Text size="xs" c="dimmed" mt={4} className="breakable">
      {facts.join(" · ")}
    </Text>
  );
}

function Options({ row, number, onEdit }: { row: DraftRow; number: number; onEdit: Props["onEdit"] }) {
  return (
    <Group gap="lg" align="flex-end" pt="sm">
      <Select
        label="Language"
        aria-label={`Language of row ${number}`}
        value={row.language}
        onChange={(value) => onEdit({ language: value === "entra" ? "entra" : "cel" })}
        data={[
          { value: "cel", label: "CEL" },
          { value: "entra", label: "Entra ID" },
        ]}
        allowDeselect={false}
        w={130}
      />
      <TextInput
        label="Default"
        aria-label={`Default of row ${number}`}
        value={row.default === null ? "" : String(row.default)}
        onChange={(event) => onEdit({ default: readDefault(event.currentTarget.value) })}
        maxLength={1000}
        w={180}
      />
      <Stack gap={6}>
        <Checkbox
          label="Required: without a value nothing is sent for the person"
          checked={row.required}
          onChange={(event) => onEdit({ required: event.currentTarget.checked })}
        />
        <Checkbox
          label="Only when the account is made"
          checked={row.onCreateOnly}
          onChange={(event) => onEdit({ onCreateOnly: event.currentTarget.checked })}
        />
        <Checkbox
          label="A value that went away stays in the app"
          checked={row.doNotClear}
          onChange={(event) => onEdit({ doNotClear: event.currentTarget.checked })}
        />
      </Stack>
    </Group>
  );
}
