import { Button, Radio, Select, Stack, Text } from "@mantine/core";
import type { CreatedPortalLink, PortalRightsName } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../api/queries.ts";
import { CopyField } from "../../parts/copy-field.tsx";
import { Dialog, DialogFrame } from "../../parts/dialog.tsx";
import { When } from "../../parts/when.tsx";
import { RIGHTS } from "./link-rights.ts";

const LIFETIMES = [
  { value: "300", label: "5 minutes: I hand it over now" },
  { value: "3600", label: "an hour" },
  { value: "86400", label: "a day, with a second code" },
  { value: "604800", label: "a week, with a second code" },
];

/** Makes a link, and shows it this once. */
export function NewLinkDialog({ tenantId, isOpen, onClose }: { tenantId: string; isOpen: boolean; onClose(): void }) {
  const [rights, setRights] = useState<PortalRightsName>("manage");
  const [lifetime, setLifetime] = useState("3600");
  const [made, setMade] = useState<CreatedPortalLink | null>(null);
  const [embedIn, setEmbedIn] = useState<string | null>(null);
  const create = useChange("POST /api/v1/tenants/{tenantId}/portal-links");
  const origins = useRead("GET /api/v1/branding", {}, { isEnabled: isOpen }).data?.embedOrigins ?? [];
  const close = () => {
    onClose();
    create.reset();
  };
  const make = () =>
    create.mutate(
      { params: { tenantId }, body: { rights, lifetimeS: Number(lifetime), ...(embedIn === null ? {} : { embedIn }) } },
      {
        onSuccess: (link) => {
          close();
          setMade(link);
        },
      },
    );
  return (
    <>
      <Dialog
        title="A link for the customer's administrator"
        action="Make the link"
        isOpen={isOpen}
        onClose={close}
        onAction={make}
        isBusy={create.isPending}
        error={create.error}
      >
        <Radio.Group label="It is for" value={rights} onChange={(value) => setRights(value as PortalRightsName)}>
          <Stack gap="xs" mt={6}>
            {Object.entries(RIGHTS).map(([value, { label, says }]) => (
              <Radio key={value} value={value} label={label} description={says} />
            ))}
          </Stack>
        </Radio.Group>
        <Select
          label="It must be used within"
          value={lifetime}
          onChange={(value) => setLifetime(value ?? "3600")}
          allowDeselect={false}
          data={LIFETIMES}
        />
        {origins.length > 0 && (
          <Select
            label="It opens"
            placeholder="In a page of its own"
            value={embedIn}
            onChange={setEmbedIn}
            data={origins.map((origin) => ({ value: origin, label: `In a frame of ${origin}` }))}
            clearable
            clearButtonProps={{ "aria-label": "In a page of its own" }}
          />
        )}
      </Dialog>
      <DialogFrame title="The link" isOpen={made !== null} onClose={() => setMade(null)} size="lg">
        {made !== null && <Made link={made} onDone={() => setMade(null)} />}
      </DialogFrame>
    </>
  );
}

function Made({ link, onDone }: { link: CreatedPortalLink; onDone(): void }) {
  return (
    <Stack>
      <CopyField label="Link" value={link.url} />
      {link.secondCode !== null && <CopyField label="Second code" value={link.secondCode} />}
      <Text size="sm">
        It is shown this once, is good for one sign-in, and ends <When at={link.expiresAt} />.
        {link.secondCode !== null &&
          " Send the second code by another way than the link: neither opens anything alone."}
      </Text>
      <Button onClick={onDone} style={{ alignSelf: "flex-end" }}>
        I have copied it
      </Button>
    </Stack>
  );
}
