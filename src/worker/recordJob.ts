import { type ClusterTime, formatClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import type { DumpSource } from '../engine/ports';
import { Recorder, type RecorderFacts } from '../engine/recorder';
import { takeSnapshot } from '../engine/takeSnapshot';
import { connect } from '../mongo/connect';
import { dumpSource } from '../mongo/dumpSource';
import { inspectSource } from '../mongo/inspectSource';
import { oplogSource } from '../mongo/oplogSource';
import type { RecorderReport } from '../protocol/job';
import { type RepositoryLock, takeLock } from '../storage/lock';
import { openOrCreateRepository } from '../storage/repository';
import { fileSegmentStore } from '../storage/segmentStore';
import { fileSnapshotStore } from '../storage/snapshotStore';
import { openReader } from './open';

/** How often a process that found the repository locked looks whether it is free. */
const followMs = 1_000;

/** Recorders of this process, by folder, for the jobs that lean on one. */
const running = new Map<string, { readonly recorder: Recorder; report: RecorderReport }>();

export function runningRecorder(
  folder: string,
): { readonly recorder: Recorder; readonly report: RecorderReport } | undefined {
  return running.get(folder);
}

export interface RecordingHooks {
  readonly onReport: (report: RecorderReport) => void;
  readonly onSnapshotFailed: (error: unknown) => void;
}

/**
 * Records until aborted. While another process holds the repository it waits, and takes over when that one is gone.
 * Each lineage gets its base snapshot as soon as it begins.
 */
export async function record(
  uri: string,
  folder: string,
  hooks: RecordingHooks,
  signal: AbortSignal,
): Promise<RecorderReport> {
  const client = await connect(uri);
  try {
    const description = await inspectSource(client);
    await openOrCreateRepository(folder, description);
    await using lock = await waitForLock(folder, hooks, signal);
    if (!lock) return stopped(undefined);
    const until = AbortSignal.any([signal, lock.lost]);
    return await withRecorder(client, folder, hooks.onReport, until, async (recorder) => {
      const source = dumpSource(client, description);
      while (!until.aborted) {
        try {
          await giveBase(recorder, source, folder, until);
        } catch (error) {
          if (!until.aborted) hooks.onSnapshotFailed(error);
        }
        await pause(followMs, until);
      }
    });
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** Takes a snapshot of everything when the lineage that is being recorded has none. */
async function giveBase(
  recorder: Recorder,
  source: DumpSource,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const { lineage } = recorder;
  if (!lineage) return;
  const { snapshots, previews } = await (await openReader(folder)).content();
  if (snapshots.some((s) => s.lineage === lineage.id && s.scope.length === 0)) return;
  const options = {
    scope: [],
    without: new Set(previews.map((p) => p.database)),
    pinned: true,
    now: Date.now,
    onProgress: () => undefined,
  };
  const recording = { lineage, waitFor: (time: ClusterTime, s: AbortSignal) => recorder.waitFor(time, s) };
  await takeSnapshot(source, recording, fileSnapshotStore(folder), options, signal);
}

/** Runs a recorder beside `work`, both until aborted; the recorder seals its segment before this resolves. */
export async function withRecorder(
  client: Parameters<typeof oplogSource>[0],
  folder: string,
  onReport: (report: RecorderReport) => void,
  signal: AbortSignal,
  work: (recorder: Recorder, signal: AbortSignal) => Promise<void>,
): Promise<RecorderReport> {
  await using store = fileSegmentStore(folder);
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const recorder = new Recorder({ source: oplogSource(client), store, now: Date.now }, (facts) => {
    const entry = running.get(folder);
    const report = reportOf(facts);
    if (entry) entry.report = report;
    onReport(report);
  });
  running.set(folder, { recorder, report: { state: 'catchingUp', position: undefined, lagMs: undefined } });
  const recording = recorder.run(until);
  // A recorder that fails ends the work; the work's end ends the recorder.
  const failing = recording.catch((error: unknown) => {
    stop.abort(error);
    throw error;
  });
  failing.catch(() => undefined);
  try {
    await work(recorder, until);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
    await recording.catch(() => undefined);
    running.delete(folder);
  }
  const position = await recording;
  const report = stopped(position === undefined ? undefined : formatClusterTime(position));
  onReport(report);
  return report;
}

async function waitForLock(
  folder: string,
  hooks: RecordingHooks,
  signal: AbortSignal,
): Promise<RepositoryLock | undefined> {
  while (!signal.aborted) {
    try {
      return await takeLock(folder);
    } catch (error) {
      if (!(error instanceof BackupError && error.code === 'locked')) throw error;
      hooks.onReport({ state: 'waiting', position: undefined, lagMs: undefined, reason: error.message });
    }
    await pause(followMs, signal);
  }
  return undefined;
}

function reportOf(facts: RecorderFacts): RecorderReport {
  return {
    state: facts.state,
    position: facts.position === undefined ? undefined : formatClusterTime(facts.position),
    lagMs: facts.lagMs,
    ...(facts.stalledSinceMs === undefined ? {} : { stalledSinceMs: facts.stalledSinceMs }),
    ...(facts.reason === undefined ? {} : { reason: facts.reason }),
  };
}

function stopped(position: string | undefined): RecorderReport {
  return { state: 'stopped', position, lagMs: undefined };
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
