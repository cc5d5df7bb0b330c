import { Button, Group, Stack, Switch, Table, Text } from "@mantine/core";
import type { Member } from "@muster/contract";
import { useState } from "react";
import { useList } from "../../api/queries.ts";
import { useSession } from "../../api/session.tsx";
import { State, type Tone } from "../../parts/badge.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Icon } from "../../parts/icon.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { RoleDialog } from "./role-dialog.tsx";
import { ROLES } from "./role-words.ts";

const EVERY_MS = 15_000;

/** Who signs in to this console, and what they may do. */
export function MembersPage() {
  const [isRemoved, setRemoved] = useState(false);
  const query = isRemoved ? ({ removed: "true" } as const) : {};
  const list = useList("GET /api/v1/members", { query }, { everyMs: EVERY_MS });
  const [isNew, setNew] = useState(false);
  const [changing, setChanging] = useState<Member | null>(null);
  const [removing, setRemoving] = useState<Member | null>(null);
  const invite = (
    <Guarded to="POST /api/v1/members">
      <Button onClick={() => setNew(true)} leftSection={<Icon name="plus" size={16} />}>
        Invite somebody
      </Button>
    </Guarded>
  );
  return (
    <>
      <PageHead
        title="Members"
        lead="Who signs in to this console at your identity provider, and what they may do. Customers' administrators come in by links instead."
      >
        {list.items.length > 0 && !isRemoved && invite}
      </PageHead>
      <Stack>
        <Group justify="flex-end">
          <Switch
            label="Show who was removed"
            checked={isRemoved}
            onChange={(event) => setRemoved(event.currentTarget.checked)}
          />
        </Group>
        <Listed
          list={list}
          empty={
            isRemoved ? (
              <Empty title="Nobody was removed" />
            ) : (
              <Empty title="No members yet" action={invite}>
                Until now whoever has an API key gets in. Invite your colleagues by the address that they have at your
                identity provider: they sign in there, and what they do is in the audit in their name.
              </Empty>
            )
          }
        >
          {(members) => (
            <ListTable heads={["Member", "Role", "State", "Last seen", "Actions"]} minWidth={720} highlights={false}>
              {members.map((member) => (
                <MemberRow key={member.id} member={member} onChange={setChanging} onRemove={setRemoving} />
              ))}
            </ListTable>
          )}
        </Listed>
      </Stack>
      <InviteDialog isOpen={isNew} onClose={() => setNew(false)} />
      <RoleDialog member={changing} onClose={() => setChanging(null)} />
      <RemoveDialog member={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

type RowProps = { member: Member; onChange(member: Member): void; onRemove(member: Member): void };

function MemberRow({ member, onChange, onRemove }: RowProps) {
  const { signedInWith } = useSession().session;
  const isMe = "memberId" in signedInWith && signedInWith.memberId === member.id;
  const { tone, word, at } = stateOf(member);
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Text size="sm" fw={500}>
          {member.name ?? member.email}
          {isMe && " (you)"}
        </Text>
        {member.name !== null && (
          <Text size="xs" c="dimmed">
            {member.email}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{ROLES[member.role].label}</Table.Td>
      <Table.Td>
        <State tone={tone}>{word}</State>{" "}
        <Text span size="sm" c="dimmed">
          <When at={at} />
        </Text>
      </Table.Td>
      <Table.Td>
        <When at={member.seenAt} />
      </Table.Td>
      <Table.Td>
        {member.state !== "removed" && (
          <Group gap="xs" wrap="nowrap">
            <Guarded to="PATCH /api/v1/members/{memberId}">
              <Button
                size="xs"
                variant="default"
                onClick={() => onChange(member)}
                aria-label={`Change role of ${member.email}`}
              >
                Change role
              </Button>
            </Guarded>
            <Guarded to="DELETE /api/v1/members/{memberId}">
              <Button
                size="xs"
                variant="default"
                onClick={() => onRemove(member)}
                aria-label={`Remove ${member.email}`}
              >
                Remove
              </Button>
            </Guarded>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function stateOf(member: Member): { tone: Tone; word: string; at: string | null } {
  if (member.state === "removed") return { tone: "quiet", word: "Removed", at: member.removedAt };
  if (member.state === "active") return { tone: "good", word: "Member since", at: member.joinedAt };
  if (member.state === "invited") return { tone: "warn", word: "Invited, ends", at: member.invitedUntil };
  return { tone: "quiet", word: "Invitation ran out", at: member.invitedUntil };
}
