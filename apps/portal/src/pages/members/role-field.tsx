import { Radio, Stack } from "@mantine/core";
import type { MemberRole } from "@muster/contract";
import { ROLES } from "./role-words.ts";

/** The choice of a role, with what each may. */
export function RoleField({ value, onChange }: { value: MemberRole; onChange(role: MemberRole): void }) {
  return (
    <Radio.Group label="Role" value={value} onChange={(role) => onChange(role as MemberRole)}>
      <Stack gap="xs" mt={6}>
        {Object.entries(ROLES).map(([role, { label, says }]) => (
          <Radio key={role} value={role} label={label} description={says} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
