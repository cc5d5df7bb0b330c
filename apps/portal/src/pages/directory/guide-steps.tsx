import { Alert, Button, CopyButton, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { Directory } from "@muster/contract";
import { useFreshSecrets } from "../../api/fresh-secrets.tsx";
import type { GuideStep } from "../../guides/guide.ts";
import { guideOf } from "../../guides/guides.ts";
import { instructionsOf } from "../../guides/instructions.ts";
import { CopyField } from "../../parts/copy-field.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Prose } from "../../parts/prose.tsx";

/** The guided set-up of a directory's identity provider, with the tenant's own values in their places. */
export function GuideSteps({ tenantId, directory }: { tenantId: string; directory: Directory }) {
  const guide = guideOf(directory.provider);
  const last: GuideStep = {
    title: "See them arrive",
    text: ["This page shows the first request, person and group. Then map groups to roles in the tenant's connection."],
  };
  return (
    <Paper withBorder p={{ base: "md", sm: "lg" }}>
      <Group justify="space-between" mb="md" gap="sm">
        <Title order={2}>Set up {guide.name}</Title>
        <CopyButton value={instructionsOf(guide, directory.scim.endpointUrl)} timeout={2_000}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="xs"
              onClick={copy}
              title="The steps as text with the address, and without the token, for somebody who cannot come here"
              leftSection={<Icon name={copied ? "check" : "copy"} size={16} />}
            >
              {copied ? "Copied" : "Copy the steps"}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Stack component="ol" className="plain-list" gap="lg">
        {[...guide.steps, last].map((step, index) => (
          <li key={step.title}>
            <Group align="flex-start" wrap="nowrap" gap="md">
              <span className="step-number" aria-hidden="true">
                {index + 1}
              </span>
              <Stack gap="xs" style={{ flex: 1, minWidth: 0 }}>
                <Title order={3}>{step.title}</Title>
                {step.text.map((text) => (
                  <Text key={text} size="sm">
                    <Prose text={text} />
                  </Text>
                ))}
                {step.values !== undefined && <Values tenantId={tenantId} directory={directory} />}
              </Stack>
            </Group>
          </li>
        ))}
      </Stack>
    </Paper>
  );
}

function Values({ directory }: { tenantId: string; directory: Directory }) {
  const { labels } = guideOf(directory.provider);
  const token = useFreshSecrets().of(directory.id);
  return (
    <Stack gap="sm" mt="xs">
      <CopyField label={labels.endpointUrl} value={directory.scim.endpointUrl} />
      {token === undefined ? (
        <Text size="sm" c="dimmed">
          {labels.bearerToken}: it was shown once, when it was made. If it is lost, replace it under Tokens.
        </Text>
      ) : (
        <>
          <CopyField label={labels.bearerToken} value={token} />
          <Alert color="orange" variant="outline" icon={<Icon name="alert" />} p="xs">
            Copy the token now: it is shown this once, and cannot be read again.
          </Alert>
        </>
      )}
    </Stack>
  );
}
