import { Button, Group, Modal, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Failure } from "./failure.tsx";

type FrameProps = { title: string; isOpen: boolean; onClose(): void; size?: string; children: ReactNode };

/** The frame of every dialog: named by its title, closed by button, Escape or a click beside it. */
export function DialogFrame({ title, isOpen, onClose, size = "md", children }: FrameProps) {
  return (
    <Modal.Root opened={isOpen} onClose={onClose} centered size={size}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body p="lg">
          <Group justify="space-between" align="flex-start" wrap="nowrap" mb="md">
            <Modal.Title fz="lg" fw={650}>
              {title}
            </Modal.Title>
            <Modal.CloseButton aria-label="Close" />
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

type Props = FrameProps & {
  /** What the button that does it says. */
  action: string;
  onAction(): void;
  isBusy: boolean;
  error: Error | null;
  isDangerous?: boolean;
  isReady?: boolean;
};

/** A dialog that does one thing, by button or Enter, and says why when it could not. */
export function Dialog(props: Props) {
  const { action, onAction, isBusy, error, isDangerous = false, isReady = true, children, ...frame } = props;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) onAction();
  };
  return (
    <DialogFrame {...frame}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {children}
          {error !== null && <Failure error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={frame.onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy} disabled={!isReady} {...(isDangerous ? { color: "red" } : {})}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </DialogFrame>
  );
}
