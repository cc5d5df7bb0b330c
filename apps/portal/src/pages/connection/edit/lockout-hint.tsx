import { Text } from "@mantine/core";
import { useRead } from "../../../api/queries.ts";

/** Whom no edit can lock out, where somebody is protected. */
export function LockoutHint({ connectionId }: { connectionId: string }) {
  const guard = useRead("GET /api/v1/connections/{connectionId}/lockout-guard", { params: { connectionId } });
  const { people = [], roles = [] } = guard.data ?? {};
  if (people.length + roles.length === 0) return null;
  return (
    <Text size="xs" c="dimmed" className="breakable">
      {people.length > 0 && `Never locked out: ${people.map(({ userName }) => userName).join(", ")}. `}
      {roles.length > 0 && `Never left without anybody: ${roles.join(", ")}.`}
    </Text>
  );
}
