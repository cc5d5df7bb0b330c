import { Text } from "@mantine/core";
import type { Member, MemberRole } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { RoleField } from "./role-field.tsx";

/** Gives a member another role. */
export function RoleDialog({ member, onClose }: { member: Member | null; onClose(): void }) {
  const [chosen, setChosen] = useState<MemberRole | null>(null);
  const change = useChange("PATCH /api/v1/members/{memberId}");
  const role = chosen ?? member?.role ?? "auditor";
  const close = () => {
    onClose();
    setChosen(null);
    change.reset();
  };
  const save = () => change.mutate({ params: { memberId: member?.id ?? "" }, body: { role } }, { onSuccess: close });
  return (
    <Dialog
      title={`Role of ${member?.email ?? ""}`}
      action="Save"
      isOpen={member !== null}
      onClose={close}
      onAction={save}
      isBusy={change.isPending}
      error={change.error}
      isReady={role !== member?.role}
    >
      <RoleField value={role} onChange={setChosen} />
      <Text size="sm" c="dimmed">
        Whoever is signed in is signed out, and signs in again with the new role.
      </Text>
    </Dialog>
  );
}
