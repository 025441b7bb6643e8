import { type Said, say } from '../core/say';
import { BackupError } from '../engine/errors';
import { restore } from '../engine/restore';
import type { RestoreProgress } from '../engine/restoring';
import { inspectTarget } from '../mongo/inspectSource';
import { targetCatalogue, targetData } from '../mongo/restoreTarget';
import type { CopyProgress, PreviewReport, RestoreParams, RestoreReport } from '../protocol/job';
import { formatClusterTime } from '../core/time';
import { notePreview } from '../storage/fileRepository';
import { openReader, withClient } from './open';
import { oplogWarnings } from './oplogWarning';
import { openPlan } from './planJob';

/** Restores into databases that do not exist yet. */
export async function restoreJob(
  params: RestoreParams,
  onProgress: (progress: CopyProgress) => void,
  signal: AbortSignal,
): Promise<RestoreReport> {
  const startedMs = Date.now();
  const { reader, plan } = await openPlan(params, params.preview, signal);
  return withClient(params.uri, async (client) => {
    const { version, replicaSetId } = await inspectTarget(client);
    const warnings = [
      ...checkVersion(plan.snapshot.serverVersion, version),
      ...(await oplogWarnings(client, params.repository, replicaSetId, plan)),
    ];
    const noted: string[] = [];
    const origin = new Map(
      [...plan.collections, ...plan.views].map((c) => [c.to.database, c.ns.split('.', 1)[0] ?? '']),
    );
    const note = async (database: string, dropped: boolean): Promise<void> => {
      const of = origin.get(database) ?? '';
      await notePreview(params.repository, { database, of, at: plan.target, createdMs: startedMs, dropped });
    };
    try {
      const result = await restore(
        { ...plan, warnings: [...plan.warnings, ...warnings] },
        reader,
        { catalogue: targetCatalogue(client), data: targetData(client) },
        {
          withoutExpiry: params.preview,
          onDatabase: async (database) => {
            if (!params.preview) return;
            await note(database, false);
            noted.push(database);
          },
          onProgress: (progress) => {
            onProgress(progressReport(progress));
          },
        },
        signal,
      );
      return { ...result, ms: Date.now() - startedMs };
    } catch (error) {
      for (const database of noted) await note(database, true).catch(() => undefined);
      throw error;
    }
  });
}

export async function previews(folder: string): Promise<PreviewReport[]> {
  const content = await (await openReader(folder)).content();
  return content.previews
    .filter((p) => !p.dropped)
    .map(({ database, of, at, createdMs }) => ({ database, of, at: formatClusterTime(at), createdMs }));
}

/** Drops a database only if this repository says that it is a preview. */
export async function dropPreview(
  folder: string,
  uri: string,
  database: string,
): Promise<{ dropped: boolean }> {
  const content = await (await openReader(folder)).content();
  const preview = content.previews.find((p) => p.database === database && !p.dropped);
  if (!preview) {
    throw new BackupError('notFound', say`${database} is not a preview of this repository`, {
      hint: say`Only previews are dropped here. Drop other databases by your own means.`,
    });
  }
  await withClient(uri, (client) => targetCatalogue(client).dropDatabase(database));
  await notePreview(folder, { ...preview, dropped: true });
  return { dropped: true };
}

function checkVersion(source: string, target: string): Said[] {
  const major = (version: string): number =>
    Number(version.split('.')[0]) * 100 + Number(version.split('.')[1]);
  if (major(target) < major(source)) {
    throw new BackupError(
      'unsupportedVersion',
      say`data recorded from MongoDB ${source} cannot be restored into the older MongoDB ${target}`,
      { hint: say`Restore into the same version or a later one. Nothing was written.` },
    );
  }
  if (major(target) === major(source)) return [];
  return [
    say`recorded from MongoDB ${source}, restored into ${target}: index definitions may be shown differently`,
  ];
}

/** What a restore tells, as jobs tell it. */
export function progressReport(progress: RestoreProgress): CopyProgress {
  return {
    phase: progress.phase,
    namespace: progress.namespace,
    documents: progress.documents,
    totalDocuments: progress.total,
    bytes: progress.bytes,
  };
}
