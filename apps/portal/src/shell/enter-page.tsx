import { Button, Center, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useSignIn } from "../api/session.tsx";
import { Failure } from "../parts/failure.tsx";
import { navigate } from "../router.tsx";
import { Mark } from "./mark.tsx";

/** Where a link leads to. It is used by a click and not by opening the page: what looks at mails opens links, too. */
export function EnterPage() {
  const [{ code, needsSecond }] = useState(readLink);
  const [secondCode, setSecondCode] = useState("");
  const signIn = useMutation({ mutationFn: useSignIn() });
  // Out of the address bar and the history at once.
  useEffect(() => window.history.replaceState(null, "", window.location.pathname), []);
  useEffect(() => {
    document.title = "Come in · Muster";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const by = needsSecond ? { portalCode: code, secondCode } : { portalCode: code };
    signIn.mutate(by, { onSuccess: () => navigate("/", { replace: true }) });
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" radius="lg" w="100%" maw={440}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <Mark />
            <Title order={1}>Come in</Title>
            {code === "" ? (
              <Text size="sm">This address is not whole. Open the link again as you got it, or ask for a new one.</Text>
            ) : (
              <>
                <Text size="sm" c="dimmed">
                  Your link opens your organisation&apos;s provisioning, once. You are signed out after an hour.
                </Text>
                {needsSecond && (
                  <TextInput
                    label="Second code"
                    description="The eight digits that came by another way"
                    value={secondCode}
                    onChange={(event) => setSecondCode(event.currentTarget.value)}
                    inputMode="numeric"
                    autoComplete="one-time-code"
                    required
                    withAsterisk={false}
                    autoFocus
                  />
                )}
                {signIn.isError && <Failure error={signIn.error} />}
                <Button type="submit" loading={signIn.isPending} fullWidth>
                  Continue
                </Button>
              </>
            )}
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

function readLink(): { code: string; needsSecond: boolean } {
  const text = window.location.hash.slice(1);
  const needsSecond = text.endsWith("+");
  return { code: needsSecond ? text.slice(0, -1) : text, needsSecond };
}
