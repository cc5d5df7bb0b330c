import { Stack } from "@mantine/core";
import type { Connection } from "@muster/contract";
import { Holds } from "./holds.tsx";
import { Steps } from "./steps.tsx";

/** What waits for somebody's word: single steps, where the connection asks about them, and removals of many. */
export function ApprovalsTab({ connection }: { connection: Connection }) {
  return (
    <Stack gap="xl">
      <Steps connection={connection} />
      <Holds connection={connection} />
    </Stack>
  );
}
