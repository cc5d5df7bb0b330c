import type { CreateSessionRequest, PortalRightsName, Session } from "@muster/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { ApiError, type Call, createCall, createFollow, type Follow, type Route } from "./call.ts";
import { framedLinkId } from "./frame.ts";
import { FreshSecretsProvider } from "./fresh-secrets.tsx";
import { keepPlace } from "./kept-place.ts";

type SignedIn = {
  call: Call;
  follow: Follow;
  session: Session;
  /** Whether whoever is signed in may use a route. */
  may(route: Route): boolean;
  signOut(): Promise<void>;
};

const Context = createContext<SignedIn | null>(null);
const KEY = ["session"];

/** Who is signed in; undefined while that is not known, null when nobody is. */
export function useSessionQuery() {
  return useQuery({
    queryKey: KEY,
    staleTime: Number.POSITIVE_INFINITY,
    retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status === 0),
    queryFn: async ({ signal }): Promise<Session | null> => {
      // A frame holds its session itself: where the page is new, it has none.
      if (framedLinkId() !== null) return null;
      try {
        return await createCall({ csrfToken: null, onSignedOut: () => {} })("GET /session", {}, signal);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
}

/** How one can sign in here. */
export function useSignInMethods() {
  return useQuery({
    queryKey: ["sign-in"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => createCall({ csrfToken: null, onSignedOut: () => {} })("GET /session/sign-in", {}, signal),
  });
}

/** Sends the browser to the identity provider, from where it comes back signed in to a workspace, and goes on at `path`. */
export function useGoToProvider() {
  return useMutation<void, ApiError, { path: string; workspaceId: string | null }>({
    async mutationFn({ path, workspaceId }) {
      const begin = createCall({ csrfToken: null, onSignedOut: () => {} });
      const { authorizationUrl } = await begin("POST /session/sign-in", {
        body: workspaceId === null ? {} : { workspaceId },
      });
      keepPlace(path);
      window.location.assign(authorizationUrl);
    },
  });
}

/** Signs in with an API key, or by a link; nothing that another sign-in saw is left. */
export function useSignIn(): (by: CreateSessionRequest) => Promise<void> {
  const queries = useQueryClient();
  return async (by) => {
    const session = await createCall({ csrfToken: null, onSignedOut: () => {} })("POST /session", { body: by });
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
    queries.setQueryData(KEY, session);
  };
}

/** Gives the pages below it a session to call the API with. */
export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const queries = useQueryClient();
  const value = useMemo<SignedIn>(() => {
    const forget = () => {
      queries.setQueryData(KEY, null);
      // Nothing that one person saw is left for the next.
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
    };
    const held = { csrfToken: session.csrfToken, bearer: session.bearer, onSignedOut: forget };
    const call = createCall(held);
    const signOut = async () => {
      await call("DELETE /session", {});
      forget();
    };
    const open = new Set(session.operations);
    return { call, follow: createFollow(held), session, may: (route) => open.has(route), signOut };
  }, [session, queries]);
  return (
    <Context value={value}>
      <FreshSecretsProvider>{children}</FreshSecretsProvider>
    </Context>
  );
}

/** The session of the page. */
export function useSession(): SignedIn {
  const value = useContext(Context);
  if (value === null) throw new Error("Pages stand inside of a SessionProvider");
  return value;
}

/** The one tenant of whoever came by a link, and what the link is for; null for whoever holds a key. */
export function useLinkedTenant(): { tenantId: string; rights: PortalRightsName } | null {
  const { signedInWith } = useSession().session;
  return "tenantId" in signedInWith ? signedInWith : null;
}
