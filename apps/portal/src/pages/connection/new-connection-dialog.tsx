import { Anchor, PasswordInput, Select, Text, TextInput } from "@mantine/core";
import type { ConnectionAuth } from "@muster/contract";
import { useState } from "react";
import { useChange, useList } from "../../api/queries.ts";
import { guideOf } from "../../guides/guides.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Link, navigate } from "../../router.tsx";

type Form = { appId: string; directoryId: string; baseUrl: string; scheme: string; user: string; secret: string };

const NOTHING: Form = { appId: "", directoryId: "", baseUrl: "", scheme: "bearer", user: "", secret: "" };

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
  const submit = () => {
    const target = { kind: "scim" as const, baseUrl: form.baseUrl.trim(), auth: toAuth(form) };
    create.mutate(
      { params: { tenantId }, body: { appId, directoryId, target } },
      {
        onSuccess: ({ id }) => {
          close();
          navigate(`/connections/${id}/access`);
        },
      },
    );
  };
  const lacks = apps.query.isSuccess && apps.items.length === 0 ? "app" : null;
  return (
    <Dialog
      title="Connect an app"
      action="Connect"
      isOpen={isOpen}
      onClose={close}
      onAction={submit}
      isBusy={create.isPending}
      isReady={appId !== "" && directoryId !== "" && form.baseUrl.trim() !== "" && form.secret !== ""}
      error={create.error}
    >
      {lacks !== null && (
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
        onChange={(value) => edit({ appId: value ?? "" })}
        data={apps.items.map((app) => ({ value: app.id, label: app.name }))}
        allowDeselect={false}
      />
      <Select
        label="People of"
        value={directoryId === "" ? null : directoryId}
        onChange={(value) => edit({ directoryId: value ?? "" })}
        data={directories.items.map(({ id, name, provider }) => ({
          value: id,
          label: name === provider ? guideOf(provider).name : name,
        }))}
        allowDeselect={false}
      />
      <TextInput
        label="The app's SCIM base URL"
        placeholder="https://app.example.com/scim/v2"
        type="url"
        value={form.baseUrl}
        onChange={(event) => edit({ baseUrl: event.currentTarget.value })}
      />
      <AuthFields form={form} onEdit={edit} />
    </Dialog>
  );
}

function AuthFields({ form, onEdit }: { form: Form; onEdit(change: Partial<Form>): void }) {
  return (
    <>
      <Select
        label="How we sign in there"
        value={form.scheme}
        onChange={(value) => onEdit({ scheme: value ?? "bearer", user: "" })}
        allowDeselect={false}
        data={[
          { value: "bearer", label: "Bearer token" },
          { value: "header", label: "A header of its own" },
          { value: "basic", label: "User name and password" },
        ]}
      />
      {form.scheme !== "bearer" && (
        <TextInput
          label={form.scheme === "header" ? "Name of the header" : "User name"}
          placeholder={form.scheme === "header" ? "x-api-key" : ""}
          value={form.user}
          onChange={(event) => onEdit({ user: event.currentTarget.value })}
          autoComplete="off"
        />
      )}
      <PasswordInput
        label={form.scheme === "bearer" ? "Token" : form.scheme === "header" ? "Value of the header" : "Password"}
        description="Kept sealed, and never shown again."
        value={form.secret}
        onChange={(event) => onEdit({ secret: event.currentTarget.value })}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": "Show it" }}
      />
    </>
  );
}

function toAuth({ scheme, user, secret }: Form): ConnectionAuth {
  if (scheme === "header") return { scheme, name: user.trim(), value: secret };
  if (scheme === "basic") return { scheme, username: user.trim(), password: secret };
  return { scheme: "bearer", token: secret.trim() };
}
