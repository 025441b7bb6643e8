import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { MongoClient } from 'mongodb';
import type { NamespaceFilter } from '../../src/core/namespace';
import type { NamespaceRename } from '../../src/core/namespaceMap';
import type { SnapshotManifest } from '../../src/core/snapshot';
import type { ClusterTime } from '../../src/core/time';
import type { DumpSource, RepositoryReader } from '../../src/engine/ports';
import { defaultRecorderOptions, Recorder } from '../../src/engine/recorder';
import { restore, type RestoreResult } from '../../src/engine/restore';
import { countOperations } from '../../src/engine/planOperations';
import { planRestore, type RestorePlan } from '../../src/engine/restorePlan';
import { takeSnapshot } from '../../src/engine/takeSnapshot';
import { dumpSource } from '../../src/mongo/dumpSource';
import { inspectSource } from '../../src/mongo/inspectSource';
import { oplogSource } from '../../src/mongo/oplogSource';
import { targetCatalogue, targetData } from '../../src/mongo/restoreTarget';
import { fileRepository } from '../../src/storage/fileRepository';
import { openOrCreateRepository } from '../../src/storage/repository';
import { fileSegmentStore } from '../../src/storage/segmentStore';
import { fileSnapshotStore } from '../../src/storage/snapshotStore';
import { makeBase } from './makeBase';
import { waitFor } from './waitFor';

export interface SnapshotOptions {
  readonly scope?: readonly NamespaceFilter[];
  /** False reads while data changes even where the server can pin a time. */
  readonly pinned?: boolean;
  /** Stands between the engine and the server. */
  readonly through?: (source: DumpSource) => DumpSource;
}

export interface RestoreRequest {
  readonly at: ClusterTime;
  readonly scope?: readonly NamespaceFilter[];
  readonly renames?: readonly NamespaceRename[];
  readonly withoutExpiry?: boolean;
  /** Replays in this process, as for a user without the right to apply operations. */
  readonly foldAll?: boolean;
  /** Stands between the repository and the engine. */
  readonly through?: (reader: RepositoryReader) => RepositoryReader;
}

const never = new AbortController().signal;

/** The whole engine in this process, over a repository in a temporary folder. */
export interface Rewinder extends AsyncDisposable {
  readonly folder: string;
  snapshot(options?: SnapshotOptions): Promise<SnapshotManifest>;
  /** Makes a snapshot of the one before and of the log, without the server. */
  base(at: ClusterTime): Promise<SnapshotManifest>;
  /** Resolves once everything through the time is recorded. */
  recorded(through: ClusterTime): Promise<void>;
  /** Ends recording; restores go on to work. */
  stopRecording(): Promise<void>;
  plan(request: RestoreRequest): Promise<RestorePlan>;
  /** How many operations the plan says that a restore replays. */
  operations(request: RestoreRequest): Promise<number>;
  /** Restores into the recorded deployment, or into another. */
  restore(request: RestoreRequest, into?: MongoClient): Promise<RestoreResult>;
}

/** Begins to record at once. */
export async function startRewinder(client: MongoClient): Promise<Rewinder> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mongo-rewind-test-repository-'));
  const description = await inspectSource(client);
  await openOrCreateRepository(folder, description);
  const store = fileSegmentStore(folder);
  const stop = new AbortController();
  const options = { ...defaultRecorderOptions, sealAfterMs: 1_500, gatherMs: 20 };
  const recorder = new Recorder(
    {
      source: oplogSource(() => Promise.resolve(client), description),
      store,
      now: Date.now,
      elapsed: () => performance.now(),
    },
    () => undefined,
    options,
  );
  const running = recorder.run(stop.signal);
  let failure: unknown;
  running.catch((error: unknown) => (failure = error));
  const refuseFailed = (): void => {
    if (failure !== undefined) throw failure as Error;
  };
  await waitFor('the recorder to begin', () => {
    refuseFailed();
    return recorder.lineage !== undefined && recorder.confirmed;
  });
  const reader = fileRepository(folder);
  const stopRecording = async (): Promise<void> => {
    stop.abort();
    await running;
    await store[Symbol.asyncDispose]();
  };
  const plan = async ({ at, scope = [], renames = [] }: RestoreRequest): Promise<RestorePlan> =>
    planRestore(reader, await reader.content(), { target: at, scope, renames }, never);
  return {
    folder,
    plan,
    stopRecording,
    async operations(request) {
      const counts = await countOperations(await plan(request), reader, never);
      return [...counts.values()].reduce((sum, count) => sum + count, 0);
    },
    snapshot({ scope = [], pinned = true, through = (source: DumpSource): DumpSource => source } = {}) {
      const { lineage } = recorder;
      if (!lineage) throw new Error('the recorder has not begun');
      const recording = { lineage, waitFor: recorder.waitFor.bind(recorder) };
      const source = through(dumpSource(client, description));
      const takeOptions = {
        scope,
        pinned,
        without: new Set<string>(),
        now: Date.now,
        onProgress: () => undefined,
      };
      return takeSnapshot(source, recording, fileSnapshotStore(folder), takeOptions, never);
    },
    async base(target) {
      const base = (await reader.content()).snapshots.findLast((s) => s.consistentAt <= target);
      if (!base) throw new Error('there is no snapshot before that time');
      return makeBase(folder, { base, target, nowMs: Date.now(), budgetBytes: 1 << 20 });
    },
    async recorded(time) {
      await waitFor('everything to be recorded', () => {
        refuseFailed();
        return recorder.position !== undefined && recorder.position >= time;
      });
    },
    async restore(request, into = client) {
      const data = targetData(into);
      const folding = { ...data, mayApply: () => Promise.resolve(false) };
      const target = { catalogue: targetCatalogue(into), data: request.foldAll ? folding : data };
      const how = {
        withoutExpiry: request.withoutExpiry ?? false,
        onDatabase: () => Promise.resolve(),
        onProgress: () => undefined,
      };
      const { through = (same: RepositoryReader): RepositoryReader => same } = request;
      return restore(await plan(request), through(reader), target, how, never);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running.catch(() => undefined);
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
