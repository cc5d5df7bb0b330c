import { Anchor, Select, Switch, Text, TextInput } from "@mantine/core";
import type { App, ConnectorList, Directory } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../api/queries.ts";
import { guideOf } from "../../guides/guides.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Link, navigate } from "../../router.tsx";
import { ProfileFacts } from "./target/profile-facts.tsx";
import { knownApp, lackOfTarget, toTarget, type Values } from "./target/target-draft.ts";
import { TargetFields } from "./target/target-fields.tsx";
import { useConnectors } from "./target/use-connectors.ts";

type Form = { appId: string; directoryId: string; name: string; profile: string; isClosed: boolean; values: Values };

const ANY = "generic";
const NOTHING: Form = { appId: "", directoryId: "", name: "", profile: ANY, isClosed: false, values: {} };

/** Connects one of a tenant's directories to an app. */
export function NewConnectionDialog(props: { tenantId: string; isOpen: boolean; onClose(): void }) {
  const { tenantId, isOpen, onClose } = props;
  const [form, setForm] = useState<Form>(NOTHING);
  const apps = useList("GET /api/v1/apps", {}, { isEnabled: isOpen });
  const directories = useList(
    "GET /api/v1/tenants/{tenantId}/directories",
    { params: { tenantId } },
    { isEnabled: isOpen },
  );
  const connectors = useConnectors({ isEnabled: isOpen }).data;
  const create = useChange("POST /api/v1/tenants/{tenantId}/connections");
  const edit = (change: Partial<Form>) => setForm((before) => ({ ...before, ...change }));
  const close = () => {
    onClose();
    create.reset();
    setForm(NOTHING);
  };
  // The only one there is needs no choosing.
  const appId = form.appId || (apps.items.length === 1 ? (apps.items[0]?.id ?? "") : "");
  const directoryId = form.directoryId || (directories.items.length === 1 ? (directories.items[0]?.id ?? "") : "");
  const chosen = connectors?.profiles.find(({ key }) => key === form.profile);
  // What it is says also how it is spoken to.
  const kind = connectors?.kinds.find((one) => one.kind === chosen?.kind);
  const profile = connectors === undefined ? undefined : knownApp(connectors, form.profile);
  const lack = kind === undefined ? "" : lackOfTarget(kind, form.values, profile);
  const submit = () => {
    if (kind === undefined) return;
    const body = {
      appId,
      directoryId,
      target: toTarget(kind, form.values, profile),
      ...(form.profile === ANY ? {} : { profile: form.profile }),
      ...(form.name.trim() === "" ? {} : { name: form.name.trim() }),
      ...(form.isClosed ? { gate: "closed" as const } : {}),
    };
    const onSuccess = ({ id }: { id: string }) => {
      close();
      navigate(`/connections/${id}/access`);
    };
    create.mutate({ params: { tenantId }, body }, { onSuccess });
  };
  return (
    <Dialog
      title="Connect an app"
      action="Connect"
      isOpen={isOpen}
      onClose={close}
      onAction={submit}
      isBusy={create.isPending}
      isReady={appId !== "" && directoryId !== "" && lack === null}
      error={create.error}
      size="lg"
    >
      <EndFields apps={apps} directories={directories} appId={appId} directoryId={directoryId} onChange={edit} />
      {connectors !== undefined && kind !== undefined && (
        <>
          <ProfileField
            connectors={connectors}
            value={form.profile}
            onChange={(key) => edit({ profile: key, values: {} })}
          />
          {chosen !== undefined && chosen.key !== ANY && <ProfileFacts profile={chosen} />}
          <TargetFields kind={kind} profile={profile} values={form.values} onChange={(values) => edit({ values })} />
        </>
      )}
      <MoreFields name={form.name} isClosed={form.isClosed} onChange={edit} />
    </Dialog>
  );
}

type EndProps = {
  apps: List<App>;
  directories: List<Directory>;
  appId: string;
  directoryId: string;
  onChange(change: { appId: string } | { directoryId: string }): void;
};
type List<Item> = { items: Item[]; query: { isSuccess: boolean } };

/** Both ends of a connection: the app, and the directory whose people it takes there. */
function EndFields({ apps, directories, appId, directoryId, onChange }: EndProps) {
  return (
    <>
      {apps.query.isSuccess && apps.items.length === 0 && (
        <Text size="sm">
          First register your{" "}
          <Anchor component={Link} to="/apps">
            app
          </Anchor>
          .
        </Text>
      )}
      {directories.query.isSuccess && directories.items.length === 0 && (
        <Text size="sm">First choose a directory provider under SCIM Provisioning.</Text>
      )}
      <Select
        label="App"
        value={appId === "" ? null : appId}
        onChange={(value) => onChange({ appId: value ?? "" })}
        data={apps.items.map((app) => ({ value: app.id, label: app.name }))}
        allowDeselect={false}
      />
      <Select
        label="People of"
        value={directoryId === "" ? null : directoryId}
        onChange={(value) => onChange({ directoryId: value ?? "" })}
        data={directories.items.map(({ id, name, provider }) => ({
          value: id,
          label: name === provider ? guideOf(provider).name : name,
        }))}
        allowDeselect={false}
      />
    </>
  );
}

type MoreProps = { name: string; isClosed: boolean; onChange(change: { name: string } | { isClosed: boolean }): void };

function MoreFields({ name, isClosed, onChange }: MoreProps) {
  return (
    <>
      <TextInput
        label="Name (optional)"
        description="To tell several connections of one app apart."
        value={name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        maxLength={200}
      />
      <Switch
        label="Send nothing yet"
        description="People arrive and accounts are worked out, so that a dry run says what would be done."
        checked={isClosed}
        onChange={(event) => onChange({ isClosed: event.currentTarget.checked })}
      />
    </>
  );
}

type FieldProps = { connectors: ConnectorList; value: string; onChange(key: string): void };

function ProfileField({ connectors, value, onChange }: FieldProps) {
  return (
    <Select
      label="What it is"
      description="What is known of an app decides its defaults, and what is checked before anything is sent."
      value={value}
      onChange={(key) => onChange(key ?? ANY)}
      data={connectors.profiles.map(({ key, title }) => ({ value: key, label: title }))}
      searchable
      allowDeselect={false}
    />
  );
}
