import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useSignIn } from "../api/session.tsx";
import { Failure } from "../parts/failure.tsx";
import { navigate } from "../router.tsx";
import { useBrand } from "./brand.tsx";
import { DoorFrame } from "./door-frame.tsx";

/** Where a link leads to. It is used by a click and not by opening the page: what looks at mails opens links, too. */
export function EnterPage({ isFramed = false }: { isFramed?: boolean }) {
  const [{ code, needsSecond }] = useState(readLink);
  const { name } = useBrand();
  const [secondCode, setSecondCode] = useState("");
  const signIn = useMutation({ mutationFn: useSignIn() });
  // Out of the address bar and the history at once.
  useEffect(() => window.history.replaceState(null, "", window.location.pathname), []);
  useEffect(() => {
    document.title = `Come in · ${name}`;
  }, [name]);
  const enter = () => {
    const by = needsSecond ? { portalCode: code, secondCode } : { portalCode: code };
    signIn.mutate(by, { onSuccess: () => navigate("/", { replace: true }) });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter();
  };
  const isBegun = useRef(false);
  // A frame is opened by the page around it, for somebody who clicked there: nothing that looks at mails comes this way.
  useEffect(() => {
    if (!isFramed || code === "" || needsSecond || isBegun.current) return;
    isBegun.current = true;
    enter();
  });
  const broken = isFramed
    ? "This page is over: close it and open it again where you came from."
    : "This address is not whole. Open the link again as you got it, or ask for a new one.";
  return (
    <DoorFrame title="Come in">
      <form onSubmit={submit}>
        <Stack gap="md">
          {code === "" ? (
            <Text size="sm">{broken}</Text>
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
    </DoorFrame>
  );
}

function readLink(): { code: string; needsSecond: boolean } {
  const text = window.location.hash.slice(1);
  const needsSecond = text.endsWith("+");
  return { code: needsSecond ? text.slice(0, -1) : text, needsSecond };
}
