import { Center, Paper, Stack, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Mark } from "./mark.tsx";

/** The one card of a page on which nobody is signed in yet. */
export function DoorFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" radius="lg" w="100%" maw={440}>
        <Stack gap="md">
          <Mark />
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
