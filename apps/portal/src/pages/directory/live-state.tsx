import { Group, Loader, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useRead } from "../../api/queries.ts";
import { State } from "../../parts/badge.tsx";
import { Icon } from "../../parts/icon.tsx";
import { When } from "../../parts/when.tsx";

/** While somebody sets up they look at this page; afterwards a glance now and then is enough. */
const SETTING_UP_MS = 2_000;
const SET_UP_MS = 15_000;

type Milestone = { title: string; isDone: boolean; detail: ReactNode };

/** How far a directory's identity provider has come, as it comes (A10). */
export function LiveState({ tenantId, directoryId, isShort = false }: Where & { isShort?: boolean }) {
  const milestones = useMilestones({ tenantId, directoryId });
  if (milestones === null) return <Loader size="sm" role="status" aria-label="Loading" />;
  const next = milestones.find((one) => !one.isDone);
  if (isShort)
    return (
      <State tone={next === undefined ? "good" : milestones[0]?.isDone === true ? "warn" : "quiet"}>
        {next === undefined ? "People and groups arrive" : `Waiting: ${next.title.toLowerCase()}`}
      </State>
    );
  return (
    <Stack gap="sm">
      <Title order={2}>Connection</Title>
      <ol className="plain-list" aria-label="How far the connection has come">
        {milestones.map((one) => (
          <MilestoneLine key={one.title} milestone={one} isNext={one === next} />
        ))}
      </ol>
      <Text size="sm" aria-live="polite" c="dimmed">
        {next === undefined
          ? "It is connected."
          : `Waiting for: ${next.title.toLowerCase()}. This page follows by itself.`}
      </Text>
    </Stack>
  );
}

function MilestoneLine({ milestone, isNext }: { milestone: Milestone; isNext: boolean }) {
  const { title, isDone, detail } = milestone;
  const colour = isDone ? "var(--good)" : "var(--quiet)";
  return (
    <li>
      <Group gap="sm" wrap="nowrap" align="flex-start" py={6}>
        <span className="step-number" style={{ color: colour }} aria-hidden="true">
          {isDone ? <Icon name="check" size={16} /> : isNext ? <Loader size={14} color={colour} /> : null}
        </span>
        <div style={{ minWidth: 0 }}>
          <Text fw={isDone || isNext ? 600 : 400} {...(isDone || isNext ? {} : { c: "dimmed" })}>
            {title}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {isDone ? detail : "not yet"}
          </Text>
        </div>
      </Group>
    </li>
  );
}

type Where = { tenantId: string; directoryId: string };

function useMilestones({ tenantId, directoryId }: Where): Milestone[] | null {
  const params = { tenantId, directoryId };
  const query = { pageSize: 1, directoryId };
  const log = "GET /api/v1/tenants/{tenantId}/directories/{directoryId}/requests";
  const asked = useRead(log, { params, query: { pageSize: 1 } }, PACE).data;
  const passed = useRead(log, { params, query: { pageSize: 1, status: "2xx" } }, PACE).data;
  const users = useRead("GET /api/v1/tenants/{tenantId}/users", { params: { tenantId }, query }, PACE).data;
  const groups = useRead("GET /api/v1/tenants/{tenantId}/groups", { params: { tenantId }, query }, PACE).data;
  if (asked === undefined || passed === undefined || users === undefined || groups === undefined) return null;
  const [request, success, user, group] = [asked.items[0], passed.items[0], users.items[0], groups.items[0]];
  // The log is kept for some days; who has people has had requests.
  const isKnown = user !== undefined || group !== undefined;
  return [
    {
      title: "First request",
      isDone: request !== undefined || isKnown,
      detail: request === undefined ? "longer ago than the log" : <LastSeen client={request.client} at={request.at} />,
    },
    {
      title: "Test passed",
      isDone: success !== undefined || isKnown,
      detail: "The endpoint and token are accepted.",
    },
    {
      title: "First person",
      isDone: user !== undefined,
      detail: <Arrived name={user?.userName} at={user?.createdAt} />,
    },
    {
      title: "First group",
      isDone: group !== undefined,
      detail: <Arrived name={group?.displayName} at={group?.createdAt} />,
    },
  ];
}

const PACE = { everyMs: (page: { items: unknown[] } | undefined) => (page?.items.length ? SET_UP_MS : SETTING_UP_MS) };

function LastSeen({ client, at }: { client: string; at: string }) {
  return (
    <>
      Last one <When at={at} /> from {client}
    </>
  );
}

function Arrived({ name = "", at }: { name: string | undefined; at: string | undefined }) {
  return (
    <>
      {name} <When at={at} />
    </>
  );
}
