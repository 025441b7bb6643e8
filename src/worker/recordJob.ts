import { say } from '../core/say';
import { leansOn, unbrokenRuns } from '../core/timeline';
import { formatClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import type { OplogSource, RepositoryContent } from '../engine/ports';
import { Recorder, type RecorderFacts } from '../engine/recorder';
import { type Recording, takeSnapshot } from '../engine/takeSnapshot';
import { connect } from '../mongo/connect';
import { dumpSource } from '../mongo/dumpSource';
import { inspectSource } from '../mongo/inspectSource';
import { oplogSource } from '../mongo/oplogSource';
import { pause } from '../engine/pause';
import { ReadMember } from '../mongo/readMember';
import { explain, isServerError } from '../mongo/serverErrors';
import type { RecorderReport } from '../protocol/job';
import { lockHolder, type RepositoryLock, takeLock } from '../storage/lock';
import { openOrCreateRepository, openRepository } from '../storage/repository';
import { fileSegmentStore } from '../storage/segmentStore';
import { fileSnapshotStore } from '../storage/snapshotStore';
import { nextBase } from './baseJob';
import { holderReport, holderText } from './holderReport';
import { openReader } from './open';

/** How often a process that found the repository locked looks whether it is free. */
const followMs = 1_000;
const lastRetryMs = 60_000;
/** A recorder that has not moved for so long is not waited for any more. */
const patienceMs = 60_000;

/** Recorders of this process, by folder, for the jobs that lean on one. */
const running = new Map<string, { readonly recorder: Recorder; report: RecorderReport }>();

export function runningRecorder(
  folder: string,
): { readonly recorder: Recorder; readonly report: RecorderReport } | undefined {
  return running.get(folder);
}

export interface RecordOptions {
  readonly uri: string;
  readonly folder: string;
  /** Whether trouble that may pass is told and waited out from the first moment on; otherwise it is thrown then. */
  readonly keepTrying: boolean;
  /** It goes on with what was recorded before: a repository that is gone is not made anew. */
  readonly resumed: boolean;
}

type OnReport = (report: RecorderReport) => void;

/**
 * Records until aborted. While another process holds the repository it waits, and takes over when that one is gone.
 * Each lineage gets its base snapshot as soon as it begins.
 */
export async function record(
  options: RecordOptions,
  onReport: OnReport,
  signal: AbortSignal,
): Promise<RecorderReport> {
  const startedMs = Date.now();
  let last: RecorderReport | undefined;
  let retryMs = followMs;
  const opened = { yet: false };
  const tell = (report: RecorderReport): void => {
    last = report;
    retryMs = followMs;
    onReport(report);
  };
  for (;;) {
    try {
      return await recordOnce(options, opened, tell, signal);
    } catch (error) {
      if (!options.keepTrying || !mayPass(error)) throw error;
      if (signal.aborted) return stopped(last?.position);
      const reason = explain(error, say`recording`).message;
      const stalledSinceMs = last?.stalledSinceMs ?? (last ? Date.now() : startedMs);
      last = { state: 'stalled', position: last?.position, lagMs: undefined, stalledSinceMs, reason };
      onReport(last);
      await pause(retryMs, signal);
      retryMs = Math.min(retryMs * 2, lastRetryMs);
    }
  }
}

async function recordOnce(
  { uri, folder, resumed }: RecordOptions,
  opened: { yet: boolean },
  onReport: OnReport,
  signal: AbortSignal,
): Promise<RecorderReport> {
  const client = await connect(uri);
  try {
    const description = await inspectSource(client);
    if (resumed) await openRepository(folder);
    if (!opened.yet) await openOrCreateRepository(folder, description);
    opened.yet = true;
    await using member = new ReadMember(client, uri);
    const choose = (s: AbortSignal): ReturnType<ReadMember['choose']> => member.choose(s);
    for (;;) {
      await using lock = await waitForLock(folder, onReport, signal);
      if (!lock) return stopped(undefined);
      // It may have gone since: then it was taken away, and is not made anew.
      await openRepository(folder);
      let problem: string | undefined;
      const tell = (report: RecorderReport): void => {
        onReport(problem === undefined ? report : { ...report, reason: report.reason ?? problem });
      };
      const until = AbortSignal.any([signal, lock.lost]);
      try {
        const last = await withRecorder(
          oplogSource(choose, description),
          folder,
          lock,
          tell,
          until,
          (recorder, stop) =>
            keepBased(recorder, folder, {
              take: async (without) => {
                const source = dumpSource(await choose(stop), description);
                const recording = await recordingOf(recorder, stop);
                const snapshotOptions = { ...baseOptions, without };
                await takeSnapshot(source, recording, fileSnapshotStore(folder), snapshotOptions, stop);
              },
              onProblem: (text) => (problem = text),
              signal: stop,
            }),
        );
        if (!lock.lost.aborted || signal.aborted) return last;
      } catch (error) {
        if (!lock.lost.aborted || signal.aborted) throw error;
      }
    }
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** A base that is there is missed after this long at most, when somebody removes it. */
const lookAgainMs = 120_000;
const baseOptions = { scope: [], pinned: true, now: Date.now, onProgress: () => undefined };

/** Takes a snapshot of everything whenever what is being recorded has none to start from. */
async function keepBased(
  recorder: Recorder,
  folder: string,
  base: {
    readonly take: (without: ReadonlySet<string>) => Promise<void>;
    readonly onProblem: (text: string | undefined) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  let waitMs = followMs;
  let based: string | undefined;
  let looked = 0;
  while (!base.signal.aborted) {
    try {
      const id = recorder.lineage?.id;
      // To look is to read what is being recorded once more.
      if (id !== based || performance.now() - looked > lookAgainMs) {
        // A reader of its own each time: one that is kept would hold the indexes of the whole history.
        const content = await (await openReader(folder)).content();
        looked = performance.now();
        based = id !== undefined && hasBase(content, id) ? id : undefined;
        if (id !== undefined && recorder.confirmed) {
          if (based === undefined) await base.take(new Set(content.previews.map((p) => p.database)));
          else await nextBase(folder, content, id, base.take, base.signal);
        }
      }
      waitMs = followMs;
      base.onProblem(undefined);
    } catch (error) {
      // A snapshot that fails must not be taken again and again at full speed.
      waitMs = Math.min(waitMs * 2, lastRetryMs);
      const text = error instanceof Error ? error.message : String(error);
      base.onProblem(say`the base snapshot failed and is tried again: ${text}`);
    }
    await pause(waitMs, base.signal);
  }
}

/** Whether a snapshot of everything leans on the run of segments that is being recorded. */
function hasBase({ lineages, snapshots }: RepositoryContent, id: string): boolean {
  const lineage = lineages.find((l) => l.start.id === id);
  const run = lineage && unbrokenRuns(lineage).at(-1);
  if (!run) return false;
  return snapshots.some((s) => s.lineage === id && s.scope.length === 0 && leansOn(s, run));
}

/** Runs a recorder beside `work`, both until aborted; the recorder seals its segment before this resolves. */
export async function withRecorder(
  source: OplogSource,
  folder: string,
  lock: RepositoryLock,
  onReport: OnReport,
  signal: AbortSignal,
  work: (recorder: Recorder, signal: AbortSignal) => Promise<void>,
): Promise<RecorderReport> {
  await using store = fileSegmentStore(folder, () => lock.confirm());
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const ports = { source, store, now: Date.now, elapsed: () => performance.now() };
  const recorder = new Recorder(ports, (facts) => {
    const report = reportOf(facts);
    const entry = running.get(folder);
    if (entry) entry.report = report;
    lock.tell({ ...report, lineage: recorder.lineage?.id });
    onReport(report);
  });
  running.set(folder, { recorder, report: reportOf(recorder.facts) });
  const recording = recorder.run(until);
  // A recorder that fails ends the work; the work's end ends the recorder.
  recording.catch((error: unknown) => stop.abort(error));
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
  const { state, reason } = recorder.facts;
  const report = stopped(position === undefined ? undefined : formatClusterTime(position));
  const told = state === 'stalled' && reason !== undefined ? { ...report, reason } : report;
  onReport(told);
  return told;
}

/**
 * A recorder's lineage as it is once the first entry is durable: until then it may turn out that there is a gap. Waiting
 * for it ends with an error when there is one, or when the recorder does not move.
 */
export async function recordingOf(recorder: Recorder, signal: AbortSignal): Promise<Recording> {
  const confirmed = async (s: AbortSignal): Promise<void> => {
    while (!recorder.lineage || !recorder.confirmed) {
      s.throwIfAborted();
      await pause(5, s);
    }
  };
  await patiently(recorder, signal, confirmed);
  const { lineage } = recorder;
  if (!lineage) throw brokenOff();
  return {
    lineage,
    async waitFor(time, s) {
      await patiently(recorder, s, (limited) => recorder.waitFor(time, limited));
      if (recorder.lineage?.id !== lineage.id || recorder.lineage.start !== lineage.start) throw brokenOff();
    },
  };
}

async function patiently(
  recorder: Recorder,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const impatience = new AbortController();
  const limited = AbortSignal.any([signal, impatience.signal]);
  let { position } = recorder;
  const timer = setInterval(() => {
    if (recorder.position === position) {
      const { reason } = recorder.facts;
      const why = reason === undefined ? '' : `: ${reason}`;
      impatience.abort(new BackupError('unreachable', say`the recording makes no progress${why}`));
    }
    ({ position } = recorder);
  }, patienceMs);
  try {
    await wait(limited);
    limited.throwIfAborted();
  } finally {
    clearInterval(timer);
  }
}

export function brokenOff(): BackupError {
  return new BackupError('gap', say`the recording was interrupted by a gap while the snapshot was taken`, {
    hint: say`Take the snapshot again.`,
  });
}

async function waitForLock(
  folder: string,
  onReport: OnReport,
  signal: AbortSignal,
): Promise<RepositoryLock | undefined> {
  while (!signal.aborted) {
    await openRepository(folder);
    try {
      return await takeLock(folder);
    } catch (error) {
      if (!(error instanceof BackupError && error.code === 'locked')) throw error;
      const holder = await lockHolder(folder);
      const theirs = holder && holderReport(holder);
      onReport({
        ...{ position: undefined, lagMs: undefined, ...theirs },
        state: 'waiting',
        reason: theirs?.reason ?? error.message,
        ...(holder ? { holder: holderText(holder) } : {}),
      });
    }
    await pause(followMs * (0.5 + Math.random() / 2), signal);
  }
  return undefined;
}

const passing: ReadonlySet<string> = new Set([
  'unreachable',
  'serverFailed',
  'repositoryFull',
  'repositoryUnwritable',
]);

function mayPass(error: unknown): boolean {
  const known = isServerError(error) ? explain(error, say`recording`) : error;
  return known instanceof BackupError && passing.has(known.code);
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
