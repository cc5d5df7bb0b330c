import { Checkbox, Group, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import type { Connection, ConnectionSettings } from "@muster/contract";
import { AskedSteps } from "./asked-steps.tsx";
import { Choice } from "./choice.tsx";
import { ChosenGroups } from "./chosen-groups.tsx";
import { NumberField } from "./number-field.tsx";

type Props = {
  connection: Connection;
  settings: ConnectionSettings;
  onEdit(change: Partial<ConnectionSettings>): void;
};

/** Every setting of a connection, as fields. */
export function SettingFields(props: Props) {
  return (
    <>
      <Leavers {...props} />
      <Policies {...props} />
      <AskedSteps approvals={props.settings.approvals} onEdit={props.onEdit} />
      <Adoption {...props} />
      <Groups {...props} />
      <Pace {...props} />
      <Keeping {...props} />
    </>
  );
}

function Leavers({ settings, onEdit }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Choice
        label="When somebody leaves, their account"
        value={settings.onLeave}
        onChange={(onLeave) => onEdit({ onLeave })}
        options={{ deactivate: "is made inactive", delete: "is deleted", leave: "stays as it is" }}
      />
      {settings.onLeave === "delete" && (
        <NumberField
          label="Deleted after so many days"
          description="Inactive until then; empty deletes at once."
          value={settings.deleteAfterDays}
          onChange={(deleteAfterDays) => onEdit({ deleteAfterDays })}
          max={3650}
        />
      )}
    </SimpleGrid>
  );
}

const POLICIES = { create: "made", update: "changed", deactivate: "made inactive", delete: "deleted" } as const;

function Policies({ settings, onEdit }: Props) {
  const { policies } = settings;
  return (
    <fieldset className="plain-set">
      <Text component="legend" size="sm" fw={500}>
        Accounts may be
      </Text>
      <Group gap="lg" mt={6}>
        {(Object.keys(POLICIES) as (keyof typeof POLICIES)[]).map((name) => (
          <Checkbox
            key={name}
            label={POLICIES[name]}
            checked={policies[name]}
            onChange={(event) => onEdit({ policies: { ...policies, [name]: event.currentTarget.checked } })}
          />
        ))}
      </Group>
    </fieldset>
  );
}

const MATCHES = [
  { value: "externalId", label: "External id" },
  { value: "userName", label: "User name" },
  { value: "email", label: "E-mail address" },
] as const;

function Adoption({ settings, onEdit }: Props) {
  const { adoption } = settings;
  const choose = (values: string[]) => {
    const match = MATCHES.flatMap(({ value }) => (values.includes(value) ? [value] : []));
    if (match.length > 0) onEdit({ adoption: { ...adoption, match } });
  };
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Checkbox.Group label="An account that is there already is found by" value={adoption.match} onChange={choose}>
        <Group gap="lg" mt={6}>
          {MATCHES.map((one) => (
            <Checkbox key={one.value} {...one} />
          ))}
        </Group>
      </Checkbox.Group>
      <Choice
        label="When one is found that nobody owns"
        value={adoption.foreign}
        onChange={(foreign) => onEdit({ adoption: { ...adoption, foreign } })}
        options={{
          link: "it becomes the person's",
          ask: "somebody is asked; the person waits",
          conflict: "it is a conflict; the person stops",
        }}
      />
    </SimpleGrid>
  );
}

function Groups({ connection, settings, onEdit }: Props) {
  const { groups } = settings;
  const edit = (change: Partial<ConnectionSettings["groups"]>) => onEdit({ groups: { ...groups, ...change } });
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Choice
          label="Groups that are pushed to the app"
          value={groups.mode}
          onChange={(mode) => edit({ mode })}
          options={{
            none: "none",
            assigned: "those that get in",
            chosen: "those that are chosen here",
          }}
        />
        {groups.mode !== "none" && (
          <Choice
            label="A group that is pushed no more"
            value={groups.onLeave}
            onChange={(onLeave) => edit({ onLeave })}
            options={{ delete: "is deleted there", leave: "stays there" }}
          />
        )}
      </SimpleGrid>
      {groups.mode === "chosen" && (
        <ChosenGroups connection={connection} chosen={groups.chosen} onChange={(chosen) => edit({ chosen })} />
      )}
      {groups.mode !== "none" && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberField
            label="Members in one request"
            value={groups.memberChunk}
            onChange={(memberChunk) => memberChunk !== null && edit({ memberChunk })}
            max={5000}
          />
          <Switch
            label="The app can rename a group"
            checked={groups.rename}
            onChange={(event) => edit({ rename: event.currentTarget.checked })}
          />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function Pace({ settings, onEdit }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Choice
        label="An account is changed by"
        value={settings.updateMethod}
        onChange={(updateMethod) => onEdit({ updateMethod })}
        options={{ patch: "PATCH: what changed", put: "PUT: the whole user" }}
      />
      <NumberField
        label="Requests at the same time"
        value={settings.maxInFlight}
        onChange={(maxInFlight) => maxInFlight !== null && onEdit({ maxInFlight })}
        max={64}
      />
      <NumberField
        label="Accounts in a second at most"
        description="Empty for as many as the app takes."
        value={settings.ratePerSecond}
        onChange={(ratePerSecond) => onEdit({ ratePerSecond })}
        max={10_000}
      />
      <NumberField
        label="Removals that wait for approval, in percent"
        description="A change that takes access from more of them, and from more than 20, waits."
        value={settings.guardPercent}
        onChange={(guardPercent) => guardPercent !== null && onEdit({ guardPercent })}
        max={50}
      />
    </SimpleGrid>
  );
}

function Keeping({ settings, onEdit }: Props) {
  const { comparison, attemptLog } = settings;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <NumberField
        label="Compared with the app every so many hours"
        description="Empty for never."
        value={comparison.everyHours}
        onChange={(everyHours) => onEdit({ comparison: { ...comparison, everyHours } })}
        max={168}
      />
      <Choice
        label="What differs there"
        value={comparison.policy}
        onChange={(policy) => onEdit({ comparison: { ...comparison, policy } })}
        options={{ report: "is told", repair: "is told and mended" }}
      />
      <NumberField
        label="Attempts are kept for so many days"
        value={attemptLog.days}
        onChange={(days) => days !== null && onEdit({ attemptLog: { ...attemptLog, days } })}
        max={365}
      />
      <Switch
        label="With what was sent and answered, masked"
        checked={attemptLog.bodies}
        onChange={(event) => onEdit({ attemptLog: { ...attemptLog, bodies: event.currentTarget.checked } })}
      />
    </SimpleGrid>
  );
}
