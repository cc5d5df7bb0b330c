import { Button, FileButton, Group, Paper, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import type { Branding, UpdateBrandingRequest } from "@muster/contract";
import { useState } from "react";
import { useChange, useRead } from "../../api/queries.ts";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Loaded } from "../../parts/states.tsx";
import { BrandSample } from "./brand-sample.tsx";

const LEAD =
  "What your customers' administrators see when they come by a link, and the pages that may hold it in a frame.";
const OURS = "#2b5c8a";

/** How the portal looks to customers. */
export function BrandingPage() {
  const branding = useRead("GET /api/v1/branding", {});
  return (
    <>
      <PageHead title="Branding" lead={LEAD} />
      <Loaded of={branding}>{(read) => <Editor saved={read} />}</Loaded>
    </>
  );
}

/** A logo that was chosen and not saved; null where the saved one is taken away. */
type ChosenLogo = { data: string; type: string } | null;

function Editor({ saved }: { saved: Branding }) {
  const [name, setName] = useState(saved.name ?? "");
  const [colour, setColour] = useState(saved.colour ?? OURS);
  const [origins, setOrigins] = useState(saved.embedOrigins.join("\n"));
  const [logo, setLogo] = useState<ChosenLogo | undefined>();
  const save = useChange("PATCH /api/v1/branding");
  const body: UpdateBrandingRequest = {
    name: name.trim() === "" ? null : name.trim(),
    colour: colour === OURS ? null : colour,
    embedOrigins: [...new Set(origins.split(/\s+/).filter((origin) => origin !== ""))],
    ...(logo === undefined ? {} : { logo: logo?.data ?? null }),
  };
  const submit = () => save.mutate({ body }, { onSuccess: () => setLogo(undefined) });
  return (
    <Group align="flex-start" gap="lg">
      <Paper withBorder p="lg" style={{ flex: "1 1 24rem" }}>
        <Stack>
          <TextInput
            label="Name"
            description="Stands where ours would; without one it is ours"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={200}
          />
          <TextInput
            type="color"
            label="Colour"
            description="Shades of it that can be read in light and in dark are made from it"
            value={colour}
            onChange={(event) => setColour(event.currentTarget.value)}
            maw={220}
          />
          <LogoField saved={saved} chosen={logo} onChoose={setLogo} />
          <Textarea
            label="Origins that may frame the portal"
            description="One a line, such as https://app.example.com. A link can then be made for one of them."
            value={origins}
            onChange={(event) => setOrigins(event.currentTarget.value)}
            autosize
            minRows={2}
          />
          {save.isError && <Failure error={save.error} />}
          <Group justify="space-between">
            <Text size="sm" c="dimmed" aria-live="polite">
              {save.isSuccess ? "Saved. Pages that are open show it when they are opened again." : ""}
            </Text>
            <Guarded to="PATCH /api/v1/branding">
              <Button onClick={submit} loading={save.isPending}>
                Save
              </Button>
            </Guarded>
          </Group>
        </Stack>
      </Paper>
      <BrandSample name={body.name ?? "Muster"} colour={colour} logo={logo ?? null} />
    </Group>
  );
}

type LogoProps = { saved: Branding; chosen: ChosenLogo | undefined; onChoose(logo: ChosenLogo): void };

function LogoField({ saved, chosen, onChoose }: LogoProps) {
  const has = chosen === undefined ? saved.logo !== null : chosen !== null;
  const choose = async (file: File | null) => {
    if (file === null) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    // In pieces: a call takes so many arguments only.
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    onChoose({ data: btoa(text), type: file.type });
  };
  return (
    <Stack gap={4}>
      <Title order={2} fz="sm" fw={500}>
        Logo
      </Title>
      <Text size="xs" c="dimmed">
        A PNG or JPEG of at most 64 KiB. {has ? "There is one." : "There is none."}
      </Text>
      <Group gap="xs">
        <FileButton
          onChange={(file) => void choose(file)}
          accept="image/png,image/jpeg"
          inputProps={{ "aria-label": "Logo file" }}
        >
          {(props) => (
            <Button {...props} variant="default" size="xs">
              {has ? "Choose another" : "Choose a file"}
            </Button>
          )}
        </FileButton>
        {has && (
          <Button variant="subtle" color="gray" size="xs" onClick={() => onChoose(null)}>
            Take it away
          </Button>
        )}
      </Group>
    </Stack>
  );
}
