import { Button, Group, Stack, Table, Text } from "@mantine/core";
import type { PortalLink } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../api/queries.ts";
import { State, type Tone } from "../../parts/badge.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Empty, Listed } from "../../parts/states.tsx";
import { When } from "../../parts/when.tsx";
import { RIGHTS } from "./link-rights.ts";
import { NewLinkDialog } from "./new-link-dialog.tsx";

const EVERY_MS = 15_000;

/** The links by which the tenant's own administrators come into the portal. */
export function LinksTab({ tenantId }: { tenantId: string }) {
  const list = useList("GET /api/v1/tenants/{tenantId}/portal-links", { params: { tenantId } }, { everyMs: EVERY_MS });
  const [isNew, setNew] = useState(false);
  const [ending, setEnding] = useState<PortalLink | null>(null);
  const invite = (
    <Guarded to="POST /api/v1/tenants/{tenantId}/portal-links">
      <Button onClick={() => setNew(true)}>New link</Button>
    </Guarded>
  );
  return (
    <Stack>
      {list.items.length > 0 && (
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            A link opens this tenant, once, for an hour. Whoever has it needs no account here.
          </Text>
          {invite}
        </Group>
      )}
      <Listed
        list={list}
        empty={
          <Empty title="Nobody was invited yet" action={invite}>
            Give the customer&apos;s administrator a link: with it they connect their directory, see who arrives and
            decide who gets in, and see nothing of anybody else.
          </Empty>
        }
      >
        {(links) => (
          <ListTable heads={["Link", "For", "Made", "State", "Action"]} minWidth={620} highlights={false}>
            {links.map((link) => (
              <LinkRow key={link.id} link={link} onEnd={setEnding} />
            ))}
          </ListTable>
        )}
      </Listed>
      <NewLinkDialog tenantId={tenantId} isOpen={isNew} onClose={() => setNew(false)} />
      <EndDialog tenantId={tenantId} link={ending} onClose={() => setEnding(null)} />
    </Stack>
  );
}

function LinkRow({ link, onEnd }: { link: PortalLink; onEnd(link: PortalLink): void }) {
  const { tone, word } = stateOf(link);
  return (
    <Table.Tr>
      <Table.Td>
        <span className="secret">{link.id}</span>
      </Table.Td>
      <Table.Td>
        {RIGHTS[link.rights].label}
        {link.embedIn !== null && (
          <Text size="xs" c="dimmed" className="breakable">
            in {link.embedIn}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <When at={link.createdAt} />
      </Table.Td>
      <Table.Td>
        <State tone={tone}>{word}</State>{" "}
        <Text span size="sm" c="dimmed">
          <When at={link.revokedAt ?? link.usedAt ?? link.expiresAt} />
        </Text>
      </Table.Td>
      <Table.Td>
        {link.revokedAt === null && (
          <Guarded to="DELETE /api/v1/tenants/{tenantId}/portal-links/{linkId}">
            <Button size="xs" variant="default" onClick={() => onEnd(link)} aria-label={`End ${link.id}`}>
              End
            </Button>
          </Guarded>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function stateOf({ usedAt, revokedAt, expiresAt }: PortalLink): { tone: Tone; word: string } {
  if (revokedAt !== null) return { tone: "quiet", word: "Ended" };
  if (usedAt !== null) return { tone: "good", word: "Used" };
  if (new Date(expiresAt).getTime() <= Date.now()) return { tone: "quiet", word: "Ran out" };
  return { tone: "warn", word: "Not used yet, ends" };
}

function EndDialog({ tenantId, link, onClose }: { tenantId: string; link: PortalLink | null; onClose(): void }) {
  const end = useChange("DELETE /api/v1/tenants/{tenantId}/portal-links/{linkId}");
  const close = () => {
    onClose();
    end.reset();
  };
  return (
    <Dialog
      title="End the link"
      action="End it"
      isOpen={link !== null}
      onClose={close}
      onAction={() => end.mutate({ params: { tenantId, linkId: link?.id ?? "" } }, { onSuccess: close })}
      isBusy={end.isPending}
      error={end.error}
      isDangerous
    >
      <Text size="sm">
        It opens nothing from now on, and whoever came in by it is signed out. What they changed stays.
      </Text>
    </Dialog>
  );
}
