import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

type FreshSecrets = {
  /** The token of a directory that was made a moment ago, for as long as this page of the browser lives. */
  of(directoryId: string): string | undefined;
  keep(directoryId: string, token: string): void;
  forget(directoryId: string): void;
};

const Context = createContext<FreshSecrets | null>(null);

/** Keeps what is shown once between the page that made it and the page that shows it; nowhere but in memory. */
export function FreshSecretsProvider({ children }: { children: ReactNode }) {
  const [secrets, setSecrets] = useState<ReadonlyMap<string, string>>(new Map());
  const value = useMemo<FreshSecrets>(
    () => ({
      of: (directoryId) => secrets.get(directoryId),
      keep: (directoryId, token) => setSecrets((before) => new Map(before).set(directoryId, token)),
      forget: (directoryId) => setSecrets((before) => new Map([...before].filter(([id]) => id !== directoryId))),
    }),
    [secrets],
  );
  return <Context value={value}>{children}</Context>;
}

/** What was made in this page and is shown once. */
export function useFreshSecrets(): FreshSecrets {
  const value = useContext(Context);
  if (value === null) throw new Error("Pages stand inside of a FreshSecretsProvider");
  return value;
}
