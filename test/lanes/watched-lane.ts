import { changeUser } from "@muster/directory";
import { connectionStatus } from "@muster/provisioning";
import type { LaneLab } from "./lane-lab.ts";

/** What holds a lane back; times are from now, in milliseconds. */
type LaneHold = { held_ms: number | null; removal_ms: number | null; probes: number; ramp: number | null };

/** What the tests of a lane's health do to the lab that is open, and what they look at. */
export function watchLane(lab: () => LaneLab) {
  const change = (id: string, state: { active?: boolean; title?: string }) =>
    changeUser(lab(), lab().scope, { id, expected: null }, (user) => ({
      user: {
        ...user,
        active: state.active ?? user.active,
        attributes: { ...user.attributes, ...(state.title === undefined ? {} : { title: state.title }) },
      },
      changed: true,
    }));
  return {
    change,
    suspend: (id: string) => change(id, { active: false }),
    status: () => connectionStatus(lab(), lab().owner, lab().connectionId),
    createMany: (count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => lab().createUser({ userName: `user-${index}` }))),
    async lane(): Promise<LaneHold> {
      const { rows } = await lab().db.pool.query<LaneHold>(
        `select extract(epoch from held_until - now())::float8 * 1000 as held_ms, probes, ramp,
           extract(epoch from removal_from - now())::float8 * 1000 as removal_ms from lanes`,
      );
      const [row] = rows;
      if (row === undefined) throw new Error("The lab has one lane");
      return row;
    },
    /** The wait for the next probe is over. */
    async probeNow(): Promise<void> {
      await lab().db.pool.query("update lanes set held_until = now(), due_at = now()");
      await lab().drain();
    },
    /** Everything that the app was sent since the last look. */
    sent(): string[] {
      const requests = lab()
        .app.ledger()
        .map((entry) => entry.method);
      lab().app.clearLedger();
      return requests;
    },
  };
}
