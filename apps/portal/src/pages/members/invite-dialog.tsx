import { Button, Select, Stack, Text, TextInput } from "@mantine/core";
import type { Member, MemberRole } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { useSession, useSignInMethods } from "../../api/session.tsx";
import { CopyField } from "../../parts/copy-field.tsx";
import { Dialog, DialogFrame } from "../../parts/dialog.tsx";
import { When } from "../../parts/when.tsx";
import { RoleField } from "./role-field.tsx";

const DAYS = ["1", "7", "30"].map((value) => ({ value, label: value === "1" ? "a day" : `${value} days` }));

/** Invites somebody by the address that they have at the identity provider. */
export function InviteDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<MemberRole>("operator");
  const [days, setDays] = useState("7");
  const [made, setMade] = useState<Member | null>(null);
  const create = useChange("POST /api/v1/members");
  const close = () => {
    onClose();
    create.reset();
  };
  const invite = () =>
    create.mutate(
      { body: { email: email.trim(), role, expiresInDays: Number(days) } },
      {
        onSuccess: (member) => {
          close();
          setEmail("");
          setMade(member);
        },
      },
    );
  return (
    <>
      <Dialog
        title="Invite somebody"
        action="Invite"
        isOpen={isOpen}
        onClose={close}
        onAction={invite}
        isBusy={create.isPending}
        error={create.error}
        isReady={email.trim() !== ""}
      >
        <TextInput
          label="E-mail address"
          description="As your identity provider knows it. No mail is sent."
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          autoComplete="off"
          required
          withAsterisk={false}
          data-autofocus
        />
        <RoleField value={role} onChange={setRole} />
        <Select
          label="The invitation lasts"
          value={days}
          onChange={(value) => setDays(value ?? "7")}
          allowDeselect={false}
          data={DAYS}
        />
      </Dialog>
      <DialogFrame title="Invited" isOpen={made !== null} onClose={() => setMade(null)} size="lg">
        {made !== null && <Invited member={made} onDone={() => setMade(null)} />}
      </DialogFrame>
    </>
  );
}

function Invited({ member, onDone }: { member: Member; onDone(): void }) {
  const provider = useSignInMethods().data?.provider;
  const { workspaceId } = useSession().session;
  return (
    <Stack>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        Tell {member.email} to open this address and sign in
        {provider ? ` with ${provider.name}` : ""}. The invitation is for one account, and ends{" "}
        <When at={member.invitedUntil} />.
      </Text>
      <CopyField
        label="Address of this console"
        value={new URL(`./?workspace=${workspaceId ?? ""}`, document.baseURI).href}
      />
      {provider === null && (
        <Text size="sm">
          This gateway has no identity provider yet: set MUSTER_OIDC_ISSUER and MUSTER_OIDC_CLIENT_ID first.
        </Text>
      )}
      <Button onClick={onDone} style={{ alignSelf: "flex-end" }}>
        Done
      </Button>
    </Stack>
  );
}
