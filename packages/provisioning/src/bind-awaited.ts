import { foldCase } from "@muster/scim";
import { bindPeople, type ConnectionPolicy, type LaneLease, type PersonInput, type Tx } from "@muster/store";

/** Binds the names of single people that a connection waits for to those of a batch who have them. */
export async function bindAwaited(
  tx: Tx,
  lease: LaneLease,
  { terms }: ConnectionPolicy,
  people: ReadonlyMap<string, PersonInput>,
): Promise<void> {
  if (terms === undefined || terms.userNameKeys.length === 0) return;
  const awaited = new Set(terms.userNameKeys);
  const come = [...people.values()]
    .filter((person) => !person.deleted)
    .map(({ userId, user }) => ({ userId, userNameKey: foldCase(user.userName) }))
    .filter(({ userNameKey }) => awaited.has(userNameKey));
  if (come.length > 0) await bindPeople(tx, lease, come);
}
