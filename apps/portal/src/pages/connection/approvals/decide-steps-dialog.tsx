import { Text } from "@mantine/core";
import type { Approval, ApprovalAction, Connection, DecideApprovalsRequest } from "@muster/contract";
import { useState } from "react";
import { useChange } from "../../../api/queries.ts";
import { Dialog } from "../../../parts/dialog.tsx";
import { nameOf } from "./approval-words.ts";

/** What somebody is about to say, and about which steps as they were shown. */
export type Deciding = { decision: DecideApprovalsRequest["decision"]; steps: readonly Approval[] };

const WILL: Readonly<Record<ApprovalAction, string>> = {
  create: "get access",
  update: "are changed",
  deactivate: "lose access",
  delete: "are deleted",
};
const TAKES: readonly ApprovalAction[] = ["deactivate", "delete"];
const NAMED = 5;

type Props = { connection: Connection; deciding: Deciding | null; onClose(): void; onDone(words: string): void };

/** Asks once more, with names, before steps are approved or rejected. */
export function DecideStepsDialog({ connection, deciding, onClose, onDone }: Props) {
  const decide = useChange("POST /api/v1/connections/{connectionId}/approvals");
  // What was asked stays while the dialog fades out.
  const [last, setLast] = useState<Deciding | null>(null);
  if (deciding !== null && deciding !== last) setLast(deciding);
  const { decision, steps } = last ?? { decision: "approve" as const, steps: [] };
  const isApproval = decision === "approve";
  const verb = isApproval ? "Approve" : "Reject";
  const close = () => {
    onClose();
    decide.reset();
  };
  const submit = () =>
    decide.mutate(
      { params: { connectionId: connection.id }, body: { decision, ids: steps.map(({ id }) => id) } },
      {
        onSuccess: ({ decided, outdated }) => {
          onDone(sayDone(isApproval ? "approved" : "rejected", decided, outdated.length));
          close();
        },
      },
    );
  return (
    <Dialog
      title={`${verb} ${steps.length === 1 ? "this step" : `${steps.length.toLocaleString("en")} steps`}`}
      action={verb}
      isDangerous={isApproval && steps.some(({ action }) => TAKES.includes(action))}
      isOpen={deciding !== null}
      onClose={close}
      onAction={submit}
      isBusy={decide.isPending}
      error={decide.error}
    >
      <Text size="sm" className="breakable">
        {sayWho(steps)}
      </Text>
      <Text size="sm">
        {isApproval
          ? `Their accounts ${sayWhat(steps)} now, as it is shown. If something else should be by then, it is asked again.`
          : "Nothing is sent. It is asked again when something else should be, and can be approved after all until then."}
      </Text>
    </Dialog>
  );
}

function sayWho(steps: readonly Approval[]): string {
  const named = steps.slice(0, NAMED).map(nameOf).join(", ");
  return steps.length > NAMED ? `${named} and ${(steps.length - NAMED).toLocaleString("en")} more` : named;
}

function sayWhat(steps: readonly Approval[]): string {
  return [...new Set(steps.map(({ action }) => WILL[action]))].join(", ");
}

function sayDone(word: string, decided: number, outdated: number): string {
  const done = `${decided.toLocaleString("en")} ${word}.`;
  if (outdated === 0) return done;
  return `${done} ${outdated.toLocaleString("en")} ${outdated === 1 ? "was" : "were"} done already, or another step by now: look again.`;
}
