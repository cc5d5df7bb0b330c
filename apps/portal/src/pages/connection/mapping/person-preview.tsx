import { Alert, Button, Paper, Stack, Text, Title } from "@mantine/core";
import type { Connection, Preview, UserView } from "@muster/contract";
import type { ApiError } from "../../../api/call.ts";
import { State } from "../../../parts/badge.tsx";
import { Failure } from "../../../parts/failure.tsx";
import { JsonBlock } from "../../../parts/json-block.tsx";
import { PersonField } from "../../../parts/person-field.tsx";
import { Loading } from "../../../parts/states.tsx";

type Props = {
  connection: Connection;
  person: UserView | null;
  onChoose(person: UserView): void;
  preview: { isAllowed: boolean; data: Preview | undefined; error: ApiError | null; isFetching: boolean };
  /** Takes over an expression that would mend a row. */
  onMend(target: string, expression: string): void;
};

/** The user as the app would be sent it for one person, by the rows as they stand. */
export function PersonPreview({ connection, person, onChoose, preview, onMend }: Props) {
  const { tenantId, directoryId } = connection;
  return (
    <Paper withBorder p="md" component="section" aria-label="What one person gets">
      <Stack gap="sm">
        <Title order={2}>What one person gets</Title>
        {preview.isAllowed && (
          <PersonField
            key={person?.id ?? ""}
            tenantId={tenantId}
            directoryId={directoryId}
            label="Person"
            value={person}
            onChange={onChoose}
          />
        )}
        {!preview.isAllowed ? (
          <Text size="sm" c="dimmed">
            It holds what is sent of a person, which your role or link does not show.
          </Text>
        ) : person === null ? (
          <Text size="sm" c="dimmed">
            Choose somebody, and what would be sent for them stands here.
          </Text>
        ) : preview.error !== null ? (
          <Failure error={preview.error} />
        ) : preview.data === undefined ? (
          preview.isFetching && <Loading rows={2} />
        ) : (
          <Result preview={preview.data} onMend={onMend} />
        )}
      </Stack>
    </Paper>
  );
}

function Result({ preview, onMend }: { preview: Preview; onMend: Props["onMend"] }) {
  const troubles = [...preview.problems, ...preview.violations];
  return (
    <Stack gap="sm">
      <State tone={preview.isFit ? (preview.scope.inScope ? "good" : "quiet") : "bad"}>
        {!preview.isFit ? "Nothing can be sent" : preview.scope.inScope ? "This is sent" : "Not in scope: not sent now"}
      </State>
      {troubles.map(({ target, message, suggestion }) => (
        <Alert key={`${target} ${message}`} color="red" variant="outline" title={target} p="xs" className="breakable">
          <Text size="sm">{message}</Text>
          {suggestion !== null && (
            <Button size="xs" variant="default" mt={6} onClick={() => onMend(target, suggestion)} h="auto" py={4}>
              <span className="breakable">Use {suggestion}</span>
            </Button>
          )}
        </Alert>
      ))}
      <JsonBlock of={preview.payload} name="What would be sent" height={360} />
      {preview.candidates.map(({ target, values }) => (
        <Text key={target} size="sm" className="breakable">
          {target}: the first that nobody has of {values.map(String).join(", ")}
        </Text>
      ))}
      {preview.notSent.length > 0 && (
        <Text size="xs" c="dimmed" className="breakable">
          Not sent, though the person has it: {preview.notSent.join(", ")}.
        </Text>
      )}
    </Stack>
  );
}
