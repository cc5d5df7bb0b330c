import { Checkbox, Stack, Text, TextInput } from "@mantine/core";
import type { Connection, RedriveRequest } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { Dialog } from "../../parts/dialog.tsx";

const DAY_MS = 86_400_000;
type Class = NonNullable<RedriveRequest["classes"]>[number];

const CLASSES: readonly { value: Class; label: string }[] = [
  { value: "transient", label: "The app did not answer, or was overloaded" },
  { value: "unknown", label: "Nobody knows whether it was done" },
  { value: "permanent", label: "The app refused it" },
  { value: "conflict", label: "Somebody else has the name or the account" },
  { value: "gone", label: "The account was gone" },
  { value: "mismatch", label: "The app said yes and showed something else" },
  { value: "refused", label: "Nothing was sent" },
];

type Props = { connection: Connection; isOpen: boolean; onClose(): void; onDone(count: number): void };

/** Makes what failed since a time due now, by the kind of failure. */
export function RedriveDialog({ connection, isOpen, onClose, onDone }: Props) {
  const [since, setSince] = useState(() => toLocal(new Date(Date.now() - DAY_MS)));
  const [classes, setClasses] = useState<Class[]>(CLASSES.map(({ value }) => value));
  const redrive = useChange("POST /api/v1/connections/{connectionId}/redrive");
  const close = () => {
    onClose();
    redrive.reset();
  };
  const at = new Date(since);
  const isTime = !Number.isNaN(at.getTime());
  const submit = () => {
    const body = { since: at.toISOString(), ...(classes.length === CLASSES.length ? {} : { classes }) };
    const onSuccess = ({ redriven }: { redriven: number }) => {
      close();
      onDone(redriven);
    };
    redrive.mutate({ params: { connectionId: connection.id }, body }, { onSuccess });
  };
  return (
    <Dialog
      title="Try again what failed"
      action="Try again"
      isOpen={isOpen}
      onClose={close}
      onAction={submit}
      isBusy={redrive.isPending}
      isReady={isTime && classes.length > 0}
      error={redrive.error}
    >
      <TextInput
        label="Failed since"
        type="datetime-local"
        value={since}
        onChange={(event) => setSince(event.currentTarget.value)}
      />
      <Checkbox.Group
        label="Which failures"
        value={classes}
        onChange={(values) => setClasses(CLASSES.flatMap(({ value }) => (values.includes(value) ? [value] : [])))}
      >
        <Stack gap={6} mt={6}>
          {CLASSES.map((one) => (
            <Checkbox key={one.value} {...one} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Text size="sm" c="dimmed">
        Each of these accounts is looked at again now, and what should be is sent.
      </Text>
    </Dialog>
  );
}

// As the field wants it: the time of the clock on the wall, to the minute.
function toLocal(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
