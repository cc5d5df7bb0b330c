import { Center, Loader, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { ApiError } from "./api/call.ts";
import { framedLinkId } from "./api/frame.ts";
import { takePlace } from "./api/kept-place.ts";
import { SessionProvider, useSessionQuery } from "./api/session.tsx";
import { Pages } from "./pages.tsx";
import { Failure } from "./parts/failure.tsx";
import { navigate, usePath } from "./router.tsx";
import { BrandProvider, useFindBrand } from "./shell/brand.tsx";
import { EnterPage } from "./shell/enter-page.tsx";
import { Shell } from "./shell/shell.tsx";
import { SignInPage } from "./shell/sign-in-page.tsx";
import { themeIn } from "./theme.ts";

/** How long an answer counts as fresh when a page is opened again. */
const FRESH_MS = 5_000;

/** The whole portal. */
export function App({ nonce }: { nonce: string }) {
  const [queries] = useState(createQueries);
  return (
    <QueryClientProvider client={queries}>
      <Looks nonce={nonce}>
        <Door />
      </Looks>
    </QueryClientProvider>
  );
}

/** The look of whose portal it is. */
function Looks({ nonce, children }: { nonce: string; children: ReactNode }) {
  const brand = useFindBrand();
  const theme = useMemo(() => themeIn(brand.colour), [brand.colour]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <BrandProvider brand={brand}>{children}</BrandProvider>
    </MantineProvider>
  );
}

function Door() {
  const session = useSessionQuery();
  const path = usePath();
  // Whoever opens a link comes in by it, also where somebody is signed in already.
  if (path === "/enter") return <EnterPage />;
  if (framedLinkId() !== null && session.data === null) return <EnterPage isFramed />;
  if (session.isPending)
    return (
      <Center mih="100vh" component="main">
        <Loader role="status" aria-label="Loading" />
      </Center>
    );
  if (session.isError)
    return (
      <Center mih="100vh" component="main" p="md">
        <Failure error={session.error} onRetry={() => void session.refetch()} />
      </Center>
    );
  if (session.data === null) return <SignInPage />;
  return (
    <SessionProvider session={session.data}>
      <GoOn />
      <Shell>
        <Pages />
      </Shell>
    </SessionProvider>
  );
}

/** Back from the identity provider, one goes on where one was. */
function GoOn() {
  useEffect(() => {
    const place = takePlace();
    if (place !== null) navigate(place, { replace: true });
  }, []);
  return null;
}

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // What was refused is refused again; what was not answered may be answered the next time.
        retry: (count, error) =>
          count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      },
    },
  });
}
