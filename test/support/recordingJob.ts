import type { RecorderReport } from '../../src/protocol/job';
import { formatClusterTime, type ClusterTime } from '../../src/core/time';
import { record } from '../../src/worker/recordJob';
import { reaches } from './clusterTimes';
import { waitFor } from './waitFor';

/** The record job in this process, with all that it told. */
export class RecordingJob implements AsyncDisposable {
  readonly reports: RecorderReport[] = [];
  readonly #abort = new AbortController();
  readonly ended: Promise<RecorderReport>;

  constructor(uri: string, folder: string, keepTrying = false) {
    const onReport = (report: RecorderReport): void => void this.reports.push(report);
    this.ended = record({ uri, folder, keepTrying, resumed: false }, onReport, this.#abort.signal);
    this.ended.catch(() => undefined);
  }

  get last(): RecorderReport | undefined {
    return this.reports.at(-1);
  }

  /** Waits for a report of this kind, of those that came after `since` others. */
  async reported(
    what: string,
    wanted: (report: RecorderReport) => boolean,
    since = 0,
    timeoutMs = 30_000,
  ): Promise<RecorderReport> {
    return waitFor(what, () => this.reports.slice(since).find(wanted), { timeoutMs });
  }

  async through(time: ClusterTime, timeoutMs = 30_000): Promise<void> {
    const text = formatClusterTime(time);
    await this.reported(
      `a record of ${text}`,
      ({ position }) => position !== undefined && reaches(position, text),
      0,
      timeoutMs,
    );
  }

  async stop(): Promise<RecorderReport> {
    this.#abort.abort();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined);
  }
}
