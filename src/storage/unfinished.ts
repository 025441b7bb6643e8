import { readdir, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { formatClusterTime } from '../core/time';
import type { SnapshotNeeds, UnfinishedSnapshot } from '../engine/ports';
import { isManifestName } from './fileNames';
import { errnoOf, putFile } from './putFile';
import { time } from './segmentJson';

/** Lies in a snapshot's folder as long as the snapshot does not exist: while it is taken, and while it is removed. */
export const unfinishedName = 'unfinished.json';

interface UnfinishedJson {
  readonly kind: UnfinishedSnapshot['kind'];
  readonly pid: number;
  readonly host: string;
  readonly lineage?: string;
  readonly start?: string;
}

export async function putUnfinished(
  folder: string,
  kind: UnfinishedSnapshot['kind'],
  needs: SnapshotNeeds | undefined,
): Promise<void> {
  const content: UnfinishedJson = {
    kind,
    pid: process.pid,
    host: hostname(),
    ...(needs ? { lineage: needs.lineage, start: formatClusterTime(needs.start) } : {}),
  };
  await putFile(join(folder, unfinishedName), JSON.stringify(content));
}

/** The folders that hold no manifest, or no beginning of a lineage for a dump, and what is known of them. */
export async function unfinishedSnapshots(repository: string): Promise<UnfinishedSnapshot[]> {
  const found = await unfinishedIn(repository, 'snapshots');
  const lineages = await unfinishedIn(repository, 'oplog');
  return [...found, ...lineages.filter(({ id }) => id.startsWith('i'))];
}

async function unfinishedIn(repository: string, of: UnfinishedSnapshot['of']): Promise<UnfinishedSnapshot[]> {
  const parent = join(repository, of);
  const found: UnfinishedSnapshot[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(parent, entry.name);
    const files = await readdir(folder, { recursive: true });
    if (files.some((file) => isManifestName(file) || file === 'lineage.json')) continue;
    const json = await readUnfinished(folder);
    const whole = json?.lineage !== undefined && json.start !== undefined;
    // Without a marker it is empty: a very beginning or end; or a manifest was lost, which verify tells.
    if (!json && files.some((file) => !file.includes('.tmp-'))) continue;
    found.push({
      id: entry.name,
      of,
      kind: json?.kind ?? 'taking',
      needs: whole ? { lineage: json.lineage, start: time(json.start) } : undefined,
      holder: json ? holderState(json) : 'dead',
      quietMs: Date.now() - (await newestChange(folder, files)),
    });
  }
  return found;
}

async function readUnfinished(folder: string): Promise<Partial<UnfinishedJson> | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, unfinishedName), 'utf8')) as Partial<UnfinishedJson>;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return {}; // says nothing, yet it is there
    throw error;
  }
}

function holderState({ pid, host }: Partial<UnfinishedJson>): UnfinishedSnapshot['holder'] {
  if (pid === undefined || host !== hostname()) return 'unknown';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return errnoOf(error) === 'ESRCH' ? 'dead' : 'alive';
  }
}

async function newestChange(folder: string, files: readonly string[]): Promise<number> {
  let newest = 0;
  for (const path of [folder, ...files.map((file) => join(folder, file))]) {
    const changed = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0, // gone meanwhile
    );
    newest = Math.max(newest, changed);
  }
  return newest;
}
