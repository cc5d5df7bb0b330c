import {
  type Database,
  type DirectorySilence,
  deleteNotices,
  insertNotice,
  inTenant,
  learnRhythms,
  listDirectories,
  listSilences,
  noteSilence,
} from "@muster/store";

const DIRECTORIES_A_ROUND = 200;
const KIND = "directory.silent";

/**
 * Tells administrators of directories that used to talk and have fallen silent (J6), once; a request takes it back. How
 * long is silent is learnt from each directory's own rhythm: a day at least, and three times its longest silence of late.
 */
export async function watchDirectories(deps: { db: Database }, signal?: AbortSignal): Promise<void> {
  await learnRhythms(deps.db);
  for (const silence of await listSilences(deps.db, DIRECTORIES_A_ROUND)) {
    if (signal?.aborted === true) return;
    await noteDirectory(deps, silence);
  }
}

async function noteDirectory({ db }: { db: Database }, silence: DirectorySilence): Promise<void> {
  const { tenantId, directoryId, silent } = silence;
  await inTenant(db, tenantId, async (tx) => {
    await noteSilence(tx, silence, silent);
    if (!silent) return await deleteNotices(tx, tenantId, { kinds: [KIND], subject: directoryId });
    const [directory] = await listDirectories(tx, tenantId, { id: directoryId, limit: 1 });
    // One that was closed on purpose has fallen silent on purpose.
    if (directory?.enabled !== true) return;
    const hours = Math.max(1, Math.round(silence.usualGapMs / 3_600_000));
    await insertNotice(tx, tenantId, {
      kind: KIND,
      subject: directoryId,
      message: `Directory "${directory.name}" has sent nothing since ${silence.seenAt.toISOString()}, and never paused for more than ${hours === 1 ? "an hour" : `${hours} hours`} of late: look whether its identity provider still pushes, and with a token that is valid`,
    });
  });
}
