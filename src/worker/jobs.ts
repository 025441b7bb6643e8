import { quote, say } from '../core/say';
import { formatClusterTime } from '../core/time';
import { densityOf } from '../engine/density';
import { isAbort, BackupError } from '../engine/errors';
import { latest, resolveTarget } from '../engine/resolveTarget';
import { inspectSource, oplogHours } from '../mongo/inspectSource';
import { listCollections } from '../mongo/listDatabases';
import { isServerError, explain } from '../mongo/serverErrors';
import type { JobKind, Jobs } from '../protocol/job';
import { addMark, removeMark } from '../storage/fileRepository';
import { errnoOf, storageError } from '../storage/putFile';
import { encryptionOf, refuseOtherSource } from '../storage/repository';
import { databasesReport } from './databasesJob';
import { demo } from './demoJob';
import { diff } from './diffJob';
import { events } from './eventsJob';
import { exportJob } from './exportJob';
import { history } from './historyJob';
import { importJob } from './importJob';
import { openReader, unlessAborted, withClient } from './open';
import { planReport, readFilter } from './planJob';
import { pruneJob } from './pruneJob';
import { record } from './recordJob';
import { inPlaceRestores, restoreInPlaceJob, undoRestore } from './restoreInPlaceJob';
import { dropPreview, previews, restoreJob } from './restoreJob';
import { restoreVersionJob } from './restoreVersionJob';
import { pastCollections, show } from './showJob';
import { snapshot } from './snapshotJob';
import { status } from './statusJob';
import { undo } from './undoJob';
import { verifyJob } from './verifyJob';

type Run<Kind extends JobKind> = (
  params: Jobs[Kind]['params'],
  onProgress: (progress: Jobs[Kind]['progress']) => void,
  signal: AbortSignal,
) => Promise<Jobs[Kind]['result']>;

/** Everything the engine does for the extension and for the command line alike. */
const runs: { readonly [Kind in JobKind]: Run<Kind> } = {
  probe: ({ uri, repository }, _onProgress, signal) => {
    const looking = withClient(uri, async (client) => {
      const source = await inspectSource(client);
      if (repository !== undefined) await refuseOtherSource(repository, source);
      const { setName, version, featureCompatibilityVersion } = source;
      const hours = await oplogHours(client);
      const hosts = client.options.hosts.map(String);
      return { setName, version, featureCompatibilityVersion, hosts, oplogHours: hours };
    });
    return unlessAborted(looking, signal);
  },
  databases: ({ uri }) => withClient(uri, databasesReport),
  namespaces: ({ uri, database }) => withClient(uri, (client) => listCollections(client, database)),
  snapshot: ({ uri, repository, namespaces }, onProgress, signal) =>
    snapshot(uri, repository, namespaces.map(readFilter), onProgress, signal),
  record: ({ uri, repository, keepTrying = false, resumed = false }, onProgress, signal) =>
    record({ uri, folder: repository, keepTrying, resumed }, onProgress, signal),
  status: ({ repository }) => status(repository),
  encryption: ({ repository, passphrase }) => encryptionOf(repository, passphrase),
  plan: (params, _onProgress, signal) => planReport(params, signal),
  restore: (params, onProgress, signal) => restoreJob(params, onProgress, signal),
  previews: ({ repository }) => previews(repository),
  dropPreview: ({ repository, uri, database }) => dropPreview(repository, uri, database),
  collections: ({ repository, at }, _onProgress, signal) => pastCollections(repository, at, signal),
  show: (params, _onProgress, signal) => show(params, signal),
  density: async ({ repository, fromMs, toMs, buckets }) => {
    const content = await (await openReader(repository)).content();
    return { fromMs, toMs, namespaces: densityOf(content, fromMs, toMs, buckets) };
  },
  mark: async ({ repository, name, at, automatic }, _onProgress, signal) => {
    const reader = await openReader(repository);
    const content = await reader.content();
    const time = at === undefined ? latest(content) : await resolveTarget(reader, content, at, signal);
    if (name.trim() === '' || /[\n\r]/.test(name)) {
      throw new BackupError('badInput', say`a mark needs a name of one line`);
    }
    await addMark(repository, { name, at: time, ...(automatic ? { automatic } : {}) });
    return { name, at: formatClusterTime(time) };
  },
  removeMark: async ({ repository, name }) => {
    const { marks } = await (await openReader(repository)).content();
    const mark = marks.findLast((m) => m.name === name);
    if (!mark) throw new BackupError('notFound', say`there is no mark ${name}`);
    await removeMark(repository, name);
    return { name, at: formatClusterTime(mark.at) };
  },
  prune: (params, onProgress, signal) => pruneJob(params, onProgress, signal),
  export: (params, onProgress, signal) => exportJob(params, onProgress, signal),
  import: (params, onProgress, signal) => importJob(params, onProgress, signal),
  events: (params, _onProgress, signal) => events(params, signal),
  demo: (params, onProgress, signal) => demo(params, onProgress, signal),
  diff: (params, onProgress, signal) => diff(params, onProgress, signal),
  history: (params, _onProgress, signal) => history(params, signal),
  restoreVersion: (params, _onProgress, signal) => restoreVersionJob(params, signal),
  undo: (params, onProgress, signal) => undo(params, onProgress, signal),
  restoreInPlace: (params, onProgress, signal) => restoreInPlaceJob(params, onProgress, signal),
  inPlaceRestores: ({ repository }) => inPlaceRestores(repository),
  undoRestore: (params, _onProgress, signal) => undoRestore(params, signal),
  verify: (params, onProgress, signal) => verifyJob(params, onProgress, signal),
};

/** Runs one job. What it throws is a BackupError, or an abort. */
export async function runJob<Kind extends JobKind>(
  kind: Kind,
  params: Jobs[Kind]['params'],
  onProgress: (progress: Jobs[Kind]['progress']) => void,
  signal: AbortSignal,
): Promise<Jobs[Kind]['result']> {
  const run: Run<Kind> = runs[kind];
  try {
    return await run(params, onProgress, signal);
  } catch (error) {
    if (error instanceof BackupError || isAbort(error)) throw error;
    if (signal.aborted) throw new BackupError('cancelled', say`cancelled`);
    if (isServerError(error)) throw explain(error, quote(kind));
    if (errnoOf(error) !== undefined) throw storageError(error, 'repository');
    throw error;
  }
}
