import { Anchor, Button, Checkbox, Group, Stack, Table, Text } from "@mantine/core";
import type { Approval, Connection, DecideApprovalsRequest } from "@muster/contract";
import { useState } from "react";
import { useSession } from "../../../api/session.tsx";
import { Actor } from "../../../parts/actor.tsx";
import { State } from "../../../parts/badge.tsx";
import { ChangeTable } from "../../../parts/change-table.tsx";
import { ListTable } from "../../../parts/list-table.tsx";
import { When } from "../../../parts/when.tsx";
import { Link } from "../../../router.tsx";
import { nameOf, sayChanges, stepWords } from "./approval-words.ts";
import type { Deciding } from "./decide-steps-dialog.tsx";

type Decision = DecideApprovalsRequest["decision"];

const LABELS: Readonly<Record<Decision, string>> = { approve: "Approve", reject: "Reject" };
/** What can be said about a step; a decision can be taken back for as long as it is not done. */
const POSSIBLE: Readonly<Record<Approval["state"], readonly Decision[]>> = {
  waiting: ["reject", "approve"],
  approved: ["reject"],
  rejected: ["approve"],
};
/** As many as are decided by one request. */
const AT_ONCE = 500;

type Props = { connection: Connection; steps: readonly Approval[]; onDecide(deciding: Deciding): void };

/** Steps with who, what and since when, to be decided one by one or those that are chosen. */
export function StepTable({ connection, steps, onDecide }: Props) {
  const mayDecide = useSession().may("POST /api/v1/connections/{connectionId}/approvals");
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  // What is another step by now is chosen no more.
  const chosen = steps.filter(({ id }) => ids.has(id));
  const possible = POSSIBLE[steps[0]?.state ?? "waiting"];
  const choose = (id: string, isChosen: boolean) => {
    const others = chosen.map((one) => one.id).filter((one) => one !== id);
    setIds(new Set(isChosen ? [...others, id] : others));
  };
  return (
    <Stack gap="sm">
      {mayDecide && (
        <Group gap="xs">
          <Checkbox
            label="Choose all that are shown"
            checked={chosen.length > 0 && chosen.length === Math.min(steps.length, AT_ONCE)}
            indeterminate={chosen.length > 0 && chosen.length < Math.min(steps.length, AT_ONCE)}
            onChange={({ currentTarget }) =>
              setIds(new Set(currentTarget.checked ? steps.slice(0, AT_ONCE).map(({ id }) => id) : []))
            }
          />
          {possible.map((decision) => (
            <Button
              key={decision}
              size="xs"
              variant={decision === "approve" ? "filled" : "default"}
              disabled={chosen.length === 0}
              onClick={() => onDecide({ decision, steps: chosen })}
            >
              {LABELS[decision]} the chosen
            </Button>
          ))}
          {chosen.length > 0 && (
            <Text size="sm" c="dimmed">
              {chosen.length.toLocaleString("en")} chosen
            </Text>
          )}
        </Group>
      )}
      <ListTable
        heads={["Person", "What", "In the app", "Since", ...(mayDecide ? ["Decide"] : [])]}
        minWidth={720}
        highlights={false}
      >
        {steps.map((step) => (
          <StepRow
            key={step.id}
            connection={connection}
            step={step}
            choice={mayDecide ? { isChosen: ids.has(step.id), choose } : null}
            possible={mayDecide ? possible : []}
            onDecide={(decision) => onDecide({ decision, steps: [step] })}
          />
        ))}
      </ListTable>
    </Stack>
  );
}

type RowProps = {
  connection: Connection;
  step: Approval;
  choice: { isChosen: boolean; choose(id: string, isChosen: boolean): void } | null;
  possible: readonly Decision[];
  onDecide(decision: Decision): void;
};

function StepRow({ connection, step, choice, possible, onDecide }: RowProps) {
  const [isOpen, setIsOpen] = useState(false);
  const { word, tone } = stepWords[step.action];
  return (
    <>
      <Table.Tr>
        <Table.Td w="28%">
          <Group gap="xs" wrap="nowrap" align="flex-start">
            {choice !== null && (
              <Checkbox
                aria-label={`Choose ${step.userName}`}
                checked={choice.isChosen}
                onChange={({ currentTarget }) => choice.choose(step.id, currentTarget.checked)}
              />
            )}
            <Anchor
              component={Link}
              to={`/tenants/${connection.tenantId}/users/${step.userId}`}
              className="breakable"
              fz="sm"
            >
              {nameOf(step)}
            </Anchor>
          </Group>
        </Table.Td>
        <Table.Td>
          <State tone={tone}>{word}</State>
        </Table.Td>
        <Table.Td>
          <Changes step={step} isOpen={isOpen} onToggle={() => setIsOpen(!isOpen)} />
        </Table.Td>
        <Table.Td>
          <When at={step.askedAt} />
          {step.decidedBy !== null && (
            <Text size="xs" c="dimmed" className="breakable">
              {step.state} by <Actor of={step.decidedBy} />, <When at={step.decidedAt} />
            </Text>
          )}
        </Table.Td>
        {possible.length > 0 && (
          <Table.Td>
            <Group gap="xs" wrap="nowrap">
              {possible.map((decision) => (
                <Button
                  key={decision}
                  size="xs"
                  variant="default"
                  aria-label={`${LABELS[decision]} ${step.userName}`}
                  onClick={() => onDecide(decision)}
                >
                  {LABELS[decision]}
                </Button>
              ))}
            </Group>
          </Table.Td>
        )}
      </Table.Tr>
      {isOpen && (
        <Table.Tr>
          <Table.Td colSpan={possible.length > 0 ? 5 : 4}>
            <ChangeTable changes={step.changes} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function Changes({ step, isOpen, onToggle }: { step: Approval; isOpen: boolean; onToggle(): void }) {
  const { said, more } = sayChanges(step);
  return (
    <Stack gap={2} align="flex-start">
      {said.map((line) => (
        <Text key={line} size="xs" className="breakable">
          {line}
        </Text>
      ))}
      {more > 0 && (
        <Anchor component="button" type="button" fz="xs" onClick={onToggle} aria-expanded={isOpen}>
          {isOpen ? "Hide the details" : `and ${more.toLocaleString("en")} more`}
        </Anchor>
      )}
    </Stack>
  );
}
