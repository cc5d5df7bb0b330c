import { Text } from "@mantine/core";
import type { Member } from "@muster/contract";
import { useChange } from "../../api/queries.ts";
import { Dialog } from "../../parts/dialog.tsx";

/** Takes a member out, or an invitation back. */
export function RemoveDialog({ member, onClose }: { member: Member | null; onClose(): void }) {
  const remove = useChange("DELETE /api/v1/members/{memberId}");
  const close = () => {
    onClose();
    remove.reset();
  };
  const isMember = member?.state === "active";
  return (
    <Dialog
      title={`Remove ${member?.email ?? ""}`}
      action={isMember ? "Remove" : "Withdraw the invitation"}
      isOpen={member !== null}
      onClose={close}
      onAction={() => remove.mutate({ params: { memberId: member?.id ?? "" } }, { onSuccess: close })}
      isBusy={remove.isPending}
      error={remove.error}
      isDangerous
    >
      <Text size="sm">
        {isMember
          ? "They are signed out everywhere at once, and the links that they made for customers end. What they did stays, in the audit too."
          : "Whoever signs in with this address is let in no more."}
      </Text>
    </Dialog>
  );
}
