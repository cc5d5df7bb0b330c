import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { navigate } from "../../router.tsx";

/** Takes a customer on, and goes to its page. */
export function NewTenantDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const [name, setName] = useState("");
  const [externalId, setExternalId] = useState("");
  const create = useChange("POST /api/v1/tenants");
  const close = () => {
    onClose();
    create.reset();
    setName("");
    setExternalId("");
  };
  const submit = () => {
    const id = externalId.trim();
    const body = { name: name.trim(), ...(id === "" ? {} : { externalId: id }) };
    create.mutate(
      { body },
      {
        onSuccess: (tenant) => {
          close();
          navigate(`/tenants/${tenant.id}/provisioning`);
        },
      },
    );
  };
  return (
    <Dialog
      title="New tenant"
      action="Create tenant"
      isOpen={isOpen}
      onClose={close}
      onAction={submit}
      isBusy={create.isPending}
      isReady={name.trim() !== ""}
      error={create.error}
    >
      <TextInput
        label="Name"
        description="Of the customer, as you know it."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        required
        withAsterisk={false}
      />
      <TextInput
        label="Your id (optional)"
        description="By which your own systems know the customer."
        value={externalId}
        onChange={(event) => setExternalId(event.currentTarget.value)}
      />
    </Dialog>
  );
}
