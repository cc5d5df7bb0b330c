import { Button, Center, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Failure } from "./failure.tsx";
import { PageHead } from "./page-head.tsx";

/** What stands where something will be in a moment. */
export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label="Loading" aria-busy="true">
      {Array.from({ length: rows }, (_, row) => `row ${row}`).map((row) => (
        <Skeleton key={row} height={36} radius="sm" />
      ))}
    </Stack>
  );
}

/** Where there is nothing yet: why, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Paper withBorder p="xl" radius="md">
      <Stack align="center" gap="xs">
        <Title order={2} ta="center">
          {title}
        </Title>
        {children !== undefined && (
          <Text c="dimmed" ta="center" maw={520} component="div">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Paper>
  );
}

type Read<T> = { isPending: boolean; error: Error | null; data: T | undefined; refetch(): unknown };

/** Shows what was read, or the face of its state. What was shown once stays while it is read again. */
export function Loaded<T>({ of, children }: { of: Read<T>; children(value: T): ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  if (of.error !== null) return <Failure error={of.error} onRetry={() => void of.refetch()} />;
  return <Loading />;
}

/** The same for a whole page: it has a name also while it loads, and when it cannot be shown. */
export function PageLoaded<T>({ of, name, children }: { of: Read<T>; name: string; children(value: T): ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  return (
    <>
      <PageHead title={name} />
      {of.error === null ? <Loading /> : <Failure error={of.error} onRetry={() => void of.refetch()} />}
    </>
  );
}

type List<T> = {
  items: T[];
  query: {
    isPending: boolean;
    error: Error | null;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    refetch(): unknown;
    fetchNextPage(): unknown;
  };
};

/** Shows a list with a way to its next page, or the face of its state. */
export function Listed<T>(props: { list: List<T>; empty: ReactNode; children(items: T[]): ReactNode }) {
  const { list, empty, children } = props;
  const { query, items } = list;
  if (query.isPending) return <Loading />;
  if (items.length === 0 && query.error !== null)
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (items.length === 0) return empty;
  return (
    <Stack gap="sm">
      {query.error !== null && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {children(items)}
      {query.hasNextPage && (
        <Center>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </Stack>
  );
}
