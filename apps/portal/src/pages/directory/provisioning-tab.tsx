import { Anchor, Button, Group, Paper, SimpleGrid, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import type { Directory, DirectoryProvider } from "@muster/contract";
import { useState } from "react";
import { useFreshSecrets } from "../../api/fresh-secrets.tsx";
import { useChange, useList } from "../../api/queries.ts";
import { guideOf, guides } from "../../guides/guides.ts";
import { Failure } from "../../parts/failure.tsx";
import { Guarded } from "../../parts/guarded.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Listed } from "../../parts/states.tsx";
import { Link, navigate } from "../../router.tsx";
import { LiveState } from "./live-state.tsx";
import { ProvidersCompared } from "./providers-compared.tsx";

/** Where a tenant's people come from: its directories, and the providers that one can be made for. */
export function ProvisioningTab({ tenantId }: { tenantId: string }) {
  const list = useList("GET /api/v1/tenants/{tenantId}/directories", { params: { tenantId } });
  const [isChoosing, setIsChoosing] = useState(false);
  if (isChoosing)
    return (
      <Stack>
        <ProviderChoice tenantId={tenantId} />
        <Button variant="default" onClick={() => setIsChoosing(false)} style={{ alignSelf: "flex-start" }}>
          Back to the directories
        </Button>
      </Stack>
    );
  return (
    <Listed list={list} empty={<ProviderChoice tenantId={tenantId} />}>
      {(directories) => (
        <Stack>
          <Group justify="flex-end">
            <Guarded to="POST /api/v1/tenants/{tenantId}/directories">
              <Button onClick={() => setIsChoosing(true)} leftSection={<Icon name="plus" size={16} />}>
                Add a directory
              </Button>
            </Guarded>
          </Group>
          {directories.map((directory) => (
            <DirectoryCard key={directory.id} tenantId={tenantId} directory={directory} />
          ))}
        </Stack>
      )}
    </Listed>
  );
}

function DirectoryCard({ tenantId, directory }: { tenantId: string; directory: Directory }) {
  const guide = guideOf(directory.provider);
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={2} style={{ minWidth: 0 }}>
          <Title order={2} style={{ overflowWrap: "anywhere" }}>
            <Anchor component={Link} to={`/tenants/${tenantId}/directories/${directory.id}`} inherit>
              {directory.name === directory.provider ? guide.name : directory.name}
            </Anchor>
          </Title>
          <Text size="sm" c="dimmed">
            {guide.name}
          </Text>
        </Stack>
        <LiveState tenantId={tenantId} directoryId={directory.id} isShort />
      </Group>
    </Paper>
  );
}

function ProviderChoice({ tenantId }: { tenantId: string }) {
  const create = useChange("POST /api/v1/tenants/{tenantId}/directories");
  const secrets = useFreshSecrets();
  const choose = (provider: DirectoryProvider) =>
    create.mutate(
      { params: { tenantId }, body: { provider } },
      {
        onSuccess: ({ id, scim }) => {
          secrets.keep(id, scim.bearerToken);
          navigate(`/tenants/${tenantId}/directories/${id}`);
        },
      },
    );
  return (
    <Stack>
      <div>
        <Title order={2}>Choose the directory provider</Title>
        <Text c="dimmed">It makes an endpoint URL and a token, and shows how to enter them there, step by step.</Text>
      </div>
      {create.isError && <Failure error={create.error} />}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        {guides.map(({ provider, name, summary }) => (
          <Guarded key={provider} to="POST /api/v1/tenants/{tenantId}/directories">
            <UnstyledButton className="choice" disabled={create.isPending} onClick={() => choose(provider)}>
              <span className="initial" aria-hidden="true">
                {name.charAt(0)}
              </span>
              <span>
                <Text component="span" fw={600} display="block">
                  {name}
                </Text>
                <Text component="span" size="sm" c="dimmed" display="block">
                  {summary}
                </Text>
              </span>
            </UnstyledButton>
          </Guarded>
        ))}
      </SimpleGrid>
      <ProvidersCompared />
    </Stack>
  );
}
