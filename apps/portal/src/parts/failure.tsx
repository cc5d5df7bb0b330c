import { Alert, Button, List, Stack, Text } from "@mantine/core";
import { ApiError } from "../api/call.ts";
import { Icon } from "./icon.tsx";

/** What went wrong, in the API's own words, and the way on. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const issues = error instanceof ApiError ? error.issues : [];
  return (
    <Alert color="red" variant="outline" icon={<Icon name="alert" />} title={titleOf(error)} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{error.message}</Text>
        {issues.length > 0 && (
          <List size="sm">
            {issues.map((issue) => (
              <List.Item key={`${issue.path} ${issue.rule}`}>
                {issue.path} {issue.message}
              </List.Item>
            ))}
          </List>
        )}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

function titleOf(error: Error): string {
  const status = error instanceof ApiError ? error.status : null;
  if (status === 403) return "You may not do this";
  if (status === 404) return "There is no such thing here";
  if (status === 0) return "No answer";
  return "That did not work";
}
