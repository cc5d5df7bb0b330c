import { Alert, Anchor, Button, Divider, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { chosenWorkspace } from "../api/kept-place.ts";
import { useGoToProvider, useSignIn, useSignInMethods } from "../api/session.tsx";
import { Failure } from "../parts/failure.tsx";
import { Icon } from "../parts/icon.tsx";
import { usePath } from "../router.tsx";
import { DoorFrame } from "./door-frame.tsx";
import { signInFailure } from "./sign-in-words.ts";

/** Where nobody is signed in yet. */
export function SignInPage() {
  const [failure] = useState(() => signInFailure(window.location.search));
  const [workspaceId] = useState(chosenWorkspace);
  const provider = useSignInMethods().data?.provider ?? null;
  // Said once: loading the page again begins anew.
  useEffect(() => {
    if (window.location.search !== "") window.history.replaceState(null, "", window.location.pathname);
    document.title = "Sign in · Muster";
  }, []);
  return (
    <DoorFrame title="Sign in">
      {failure !== null && (
        <Alert color="red" variant="outline" icon={<Icon name="alert" />} title={failure.title} role="alert">
          {failure.text}
        </Alert>
      )}
      {provider !== null && <ProviderButton name={provider.name} workspaceId={workspaceId} />}
      {provider !== null && <Divider label="or" labelPosition="center" />}
      <KeyForm isOnlyWay={provider === null} />
    </DoorFrame>
  );
}

function ProviderButton({ name, workspaceId }: { name: string; workspaceId: string | null }) {
  const go = useGoToProvider();
  const path = usePath();
  return (
    <>
      {go.isError && <Failure error={go.error} />}
      <Button
        onClick={() => go.mutate({ path, workspaceId })}
        loading={go.isPending || go.isSuccess}
        fullWidth
        autoFocus
      >
        Sign in with {name}
      </Button>
    </>
  );
}

function KeyForm({ isOnlyWay }: { isOnlyWay: boolean }) {
  const [apiKey, setApiKey] = useState("");
  const signIn = useMutation({ mutationFn: useSignIn() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (apiKey.trim() !== "") signIn.mutate({ apiKey: apiKey.trim() });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          With an API key of this gateway, or by the link that you were given. The first start printed one; on the
          gateway&apos;s own machine <span className="secret">npm run api-key</span> makes another.
        </Text>
        <PasswordInput
          label="API key"
          value={apiKey}
          onChange={(event) => setApiKey(event.currentTarget.value)}
          autoComplete="off"
          autoFocus={isOnlyWay}
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ "aria-label": "Show the key" }}
        />
        {signIn.isError && <Failure error={signIn.error} />}
        <Button type="submit" variant={isOnlyWay ? "filled" : "default"} loading={signIn.isPending} fullWidth>
          {isOnlyWay ? "Sign in" : "Sign in with the key"}
        </Button>
        <Text size="xs" c="dimmed">
          The key is exchanged for a session of at most 12 hours and is not kept in this browser.{" "}
          <Anchor href="api/v1/openapi.json">Description of the API</Anchor>
        </Text>
      </Stack>
    </form>
  );
}
