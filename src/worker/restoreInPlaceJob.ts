import { safetyName } from '../core/rewindNames';
import { parseNamespace } from '../core/namespace';
import { say } from '../core/say';
import { formatClusterTime } from '../core/time';
import { BackupError, protectedConnection } from '../engine/errors';
import { resolveTarget } from '../engine/resolveTarget';
import { isExchanged, renamesOf, restoreInPlace, type Swap } from '../engine/restoreInPlace';
import { inspectSource } from '../mongo/inspectSource';
import { liveCollections } from '../mongo/liveCollections';
import { targetCatalogue, targetData } from '../mongo/restoreTarget';
import type {
  CopyProgress,
  InPlaceReport,
  RestoreInPlaceParams,
  RestoreInPlaceReport,
  UndoRestoreParams,
} from '../protocol/job';
import { type InPlaceNote, isUnderWay, noteInPlace, readInPlaceNotes } from '../storage/inPlaceNotes';
import { openOrCreateRepository } from '../storage/repository';
import { openReader, withClient } from './open';
import { readFilter } from './planJob';
import { progressReport } from './restoreJob';
import { stampOfNow } from './stamp';

/** Restores beside, then swaps. What a restore that was killed left behind is cleared away first. */
export async function restoreInPlaceJob(
  params: RestoreInPlaceParams,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<RestoreInPlaceReport> {
  const startedMs = Date.now();
  const { repository: folder, namespaces } = params;
  const reader = await openReader(folder);
  const content = await reader.content();
  const at = await resolveTarget(reader, content, params.at, signal);
  return withClient(params.uri, async (client) => {
    await openOrCreateRepository(folder, await inspectSource(client)); // refuses another source
    await clearKilled(liveCollections(client), folder);
    const stamp = await freeStamp(folder);
    const id = idOf(stamp);
    const facts = { id, at: formatClusterTime(at), createdMs: startedMs };
    const ports = {
      ...{ repository: reader, content, collections: liveCollections(client) },
      target: { catalogue: targetCatalogue(client), data: targetData(client) },
    };
    const noted: { swaps?: readonly Swap[]; state?: 'started' | 'swapped' } = {};
    try {
      const { documents, operations, warnings, swaps } = await restoreInPlace(
        ports,
        {
          ...{ at, stamp, scope: namespaces.map(readFilter), protected: params.protected ?? false },
          onProgress: (progress) => onProgress(progressReport(progress)),
          note: async (state, all) => {
            await noteInPlace(folder, { ...facts, state, swaps: all });
            Object.assign(noted, { state, swaps: all });
          },
        },
        signal,
      );
      const databases = [...new Set(swaps.map(({ ns }) => ns.split('.', 1)[0] ?? ''))];
      const ms = Date.now() - startedMs;
      return { id, databases, documents, operations, ms, warnings, safetyCopies: safetyCopiesOf(swaps) };
    } catch (error) {
      if (noted.swaps && noted.state === 'started') {
        await noteInPlace(folder, { ...facts, state: 'failed', swaps: noted.swaps });
      }
      throw error;
    }
  });
}

export async function inPlaceRestores(folder: string): Promise<InPlaceReport[]> {
  await openReader(folder);
  return (await readInPlaceNotes(folder)).map(inPlaceReport);
}

/** Exchanges the names once more: the originals have theirs again, and what was restored is kept beside them. */
export async function undoRestore(params: UndoRestoreParams, signal: AbortSignal): Promise<InPlaceReport> {
  const { repository: folder, id } = params;
  if (params.protected === true) throw protectedConnection();
  await openReader(folder);
  return withClient(params.uri, async (client) => {
    await openOrCreateRepository(folder, await inspectSource(client));
    await clearKilled(liveCollections(client), folder);
    const note = (await readInPlaceNotes(folder)).find((n) => n.id === id);
    if (note?.state !== 'swapped') {
      throw new BackupError('notFound', say`there is no restore in place ${id} that could be undone`, {
        hint: say`It was never finished, or it was undone already.`,
      });
    }
    const stamp = await freeStamp(folder);
    const collections = liveCollections(client);
    const swaps = await turned(collections, note, stamp, signal);
    const redo = { id: idOf(stamp), at: note.at, createdMs: Date.now(), swaps };
    await noteInPlace(folder, { ...redo, state: 'started' });
    try {
      await collections.rename(renamesOf(swaps));
    } catch (error) {
      await noteInPlace(folder, { ...redo, state: 'failed' });
      throw error;
    }
    await noteInPlace(folder, { ...redo, state: 'swapped' });
    await noteInPlace(folder, { ...note, state: 'undone' });
    return inPlaceReport({ ...redo, state: 'swapped' });
  });
}

/** The same names the other way round: what is a safety copy now is what gets the name. */
async function turned(
  collections: ReturnType<typeof liveCollections>,
  note: InPlaceNote,
  stamp: string,
  signal: AbortSignal,
): Promise<Swap[]> {
  const swaps: Swap[] = [];
  for (const { ns, safetyCopy } of note.swaps) {
    const namespace = parseNamespace(ns);
    if (!namespace) continue;
    const live = await collections.list(namespace.database, signal);
    const isThere = (name: string): boolean => live.some((c) => `${namespace.database}.${c.name}` === name);
    if (safetyCopy !== undefined && !isThere(safetyCopy)) {
      throw new BackupError('notFound', say`the safety copy ${safetyCopy} does not exist any more`, {
        hint: say`Restore another time in place, or undo the event of the restore.`,
      });
    }
    const aside = `${namespace.database}.${safetyName(namespace.collection, stamp)}`;
    swaps.push({ ns, safetyCopy: isThere(ns) ? aside : undefined, temporary: safetyCopy });
  }
  return swaps;
}

/** A restore whose process is gone either exchanged the names or only left what it had filled so far. */
async function clearKilled(collections: ReturnType<typeof liveCollections>, folder: string): Promise<void> {
  for (const note of await readInPlaceNotes(folder)) {
    if (note.state !== 'started' || isUnderWay(note)) continue;
    const swaps = note.swaps.map(({ ns, safetyCopy, temporary }) => ({ ns, safetyCopy, temporary }));
    if (await isExchanged({ collections }, swaps)) {
      const wasSwapped = await hasSafetyCopies(collections, swaps);
      await noteInPlace(folder, { ...note, state: wasSwapped ? 'swapped' : 'failed' });
      continue;
    }
    for (const { temporary } of swaps) {
      const namespace = temporary === undefined ? undefined : parseNamespace(temporary);
      if (namespace && /__rewind_/.test(namespace.collection)) await collections.drop(namespace);
    }
    await noteInPlace(folder, { ...note, state: 'failed' });
  }
}

async function hasSafetyCopies(
  collections: ReturnType<typeof liveCollections>,
  swaps: readonly Swap[],
): Promise<boolean> {
  const [copy] = swaps.flatMap((swap) => swap.safetyCopy ?? []);
  const namespace = copy === undefined ? undefined : parseNamespace(copy);
  if (!namespace) return false;
  const live = await collections.list(namespace.database, new AbortController().signal);
  return live.some((c) => c.name === namespace.collection);
}

/** Of two in one second each needs names of its own. */
async function freeStamp(folder: string): Promise<string> {
  const taken = new Set((await readInPlaceNotes(folder)).map((note) => note.id));
  const now = stampOfNow();
  let stamp = now;
  for (let n = 2; taken.has(idOf(stamp)); n++) stamp = `${now}_${n}`;
  return stamp;
}

function idOf(stamp: string): string {
  return `inplace-${stamp}`;
}

function safetyCopiesOf(swaps: InPlaceNote['swaps']): InPlaceReport['safetyCopies'] {
  return swaps.flatMap(({ ns, safetyCopy }) => (safetyCopy === undefined ? [] : [{ ns, safetyCopy }]));
}

function inPlaceReport({
  id,
  at,
  createdMs,
  state,
  swaps,
}: Omit<InPlaceNote, 'pid' | 'host'>): InPlaceReport {
  return { id, at, createdMs, state, safetyCopies: safetyCopiesOf(swaps) };
}
