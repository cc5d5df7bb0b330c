import { type Database, type NamedStatement, readEachTenant } from "./database.ts";
import { isOwnId } from "./own-id.ts";
import type { UserLookUp } from "./people-lists.ts";
import type { TenantId } from "./tables.ts";
import { COLUMNS, type FoundRow, type FoundUser, GROUPS_OF_USER, toLiveUser } from "./users.ts";

/** What callers of one tenant ask for, of any of its directories. */
export type ReadBatch<Question> = { tenantId: TenantId; questions: readonly Question[] };
type Batches<Question> = readonly [ReadBatch<Question>, ...ReadBatch<Question>[]];

/** Whom to read: an id means nobody in another directory than its own. */
export type UserKey = { directoryId: string; id: string };
/** The users of one key, in the order of their ids up to its limit, and how many there are. */
export type LookedUp = { total: number; users: FoundUser[] };

/** A row and the question that it answers, counted from 1. */
type Placed<Row> = Row & { place: number };

// `offset 0` leaves nothing to plan but a look-up by key for each, whatever the tables held when this was prepared.
const READ_USERS: NamedStatement<Placed<FoundRow>> = {
  name: "read-users",
  text: `
select wanted.place, users.* from unnest($2::uuid[], $3::uuid[]) with ordinality as wanted(directory_id, id, place)
cross join lateral (
  select ${COLUMNS}, deleted_at, ${GROUPS_OF_USER} from users where tenant_id = $1 and id = wanted.id offset 0
) users where users.directory_id = wanted.directory_id`,
};

/** Reads live users with their groups, by one statement a tenant; undefined in the place of whom there is not. */
export async function readUsersOfTenants(
  db: Database,
  batches: Batches<UserKey>,
): Promise<(FoundUser | undefined)[][]> {
  const rows = await readEachTenant(
    db,
    READ_USERS,
    callsOf(batches, (keys) => [keys.map((key) => key.directoryId), keys.map(({ id }) => (isOwnId(id) ? id : null))]),
  );
  return batches.map(({ questions }, index) => {
    const found = new Map(rows[index]?.map((row) => [row.place, toLiveUser(row)]));
    return questions.map((_, position) => found.get(position + 1));
  });
}

const lookUpText = (isKey: string): string => `
select users.*, ${GROUPS_OF_USER} from (
  select wanted.place, found.* from unnest($2::uuid[], $3::text[], $4::int[]) with ordinality as wanted(directory_id, key, most, place)
  cross join lateral (
    select same.*, count(*) over () as total from (
      select ${COLUMNS}, deleted_at from users
      where tenant_id = $1 and directory_id = wanted.directory_id and ${isKey} offset 0
    ) same order by id limit wanted.most
  ) found
) users order by place, id`;

type LookUpRow = Placed<FoundRow> & { total: number };
// What every client asks before a create.
const LOOK_UP: Readonly<Record<UserLookUp["by"], NamedStatement<LookUpRow>>> = {
  userName: { name: "look-up-user-names", text: lookUpText("user_name_key = wanted.key and deleted_at is null") },
  externalId: {
    name: "look-up-external-ids",
    // Said so that no index of the living offers itself: one by userName looked as good when the table was empty.
    text: lookUpText("external_id = wanted.key and coalesce(deleted_at, 'infinity') = 'infinity'"),
  },
};

/** Looks live users up by one kind of key, with their groups, by one statement a tenant. */
export async function lookUpUsersOfTenants(
  db: Database,
  by: UserLookUp["by"],
  batches: Batches<Omit<UserLookUp, "by">>,
): Promise<LookedUp[][]> {
  const rows = await readEachTenant(
    db,
    LOOK_UP[by],
    callsOf(batches, (asked) => [
      asked.map((one) => one.directoryId),
      asked.map((one) => one.key),
      asked.map((one) => one.limit),
    ]),
  );
  return batches.map(({ questions }, index) => {
    const found = Map.groupBy(rows[index] ?? [], (row) => row.place);
    return questions.map((_, position) => {
      const own = found.get(position + 1) ?? [];
      return { total: own[0]?.total ?? 0, users: own.flatMap((row) => toLiveUser(row) ?? []) };
    });
  });
}

type Call = { tenantId: TenantId; values: readonly unknown[] };

function callsOf<Question>(
  [first, ...rest]: Batches<Question>,
  valuesOf: (questions: readonly Question[]) => readonly unknown[],
): [Call, ...Call[]] {
  const call = ({ tenantId, questions }: ReadBatch<Question>): Call => ({
    tenantId,
    values: [tenantId, ...valuesOf(questions)],
  });
  return [call(first), ...rest.map(call)];
}
