import { Anchor, Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useSignIn } from "../api/session.tsx";
import { Failure } from "../parts/failure.tsx";
import { Mark } from "./mark.tsx";

/** Where nobody is signed in yet. */
export function SignInPage() {
  const [apiKey, setApiKey] = useState("");
  const signIn = useMutation({ mutationFn: useSignIn() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (apiKey.trim() !== "") signIn.mutate({ apiKey: apiKey.trim() });
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" radius="lg" w="100%" maw={440}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <Mark />
            <Title order={1}>Sign in</Title>
            <Text size="sm" c="dimmed">
              With an API key of this gateway, or by the link that you were given. The first start printed one; on the
              gateway's own machine <span className="secret">npm run api-key</span> makes another.
            </Text>
            <PasswordInput
              label="API key"
              value={apiKey}
              onChange={(event) => setApiKey(event.currentTarget.value)}
              autoComplete="off"
              autoFocus
              required
              withAsterisk={false}
              visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
            />
            {signIn.isError && <Failure error={signIn.error} />}
            <Button type="submit" loading={signIn.isPending} fullWidth>
              Sign in
            </Button>
            <Text size="xs" c="dimmed">
              The key is exchanged for a session of at most 12 hours and is not kept in this browser.{" "}
              <Anchor href="api/v1/openapi.json">Description of the API</Anchor>
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
