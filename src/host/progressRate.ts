import type { CopyProgress } from '../protocol/job';

const settledMs = 3000;
const settledShare = 0.02;

export interface Rate {
  /** Since the phase began, undefined until there is something to divide by. */
  readonly bytesPerSecond: number | undefined;
  /** Of this phase; undefined while a guess would jump about. */
  readonly leftMs: number | undefined;
}

/** Speed and time left of a job, phase by phase. */
export class ProgressRate {
  #phase: CopyProgress['phase'] | undefined;
  #sinceMs = 0;
  #firstDocuments = 0;
  #firstBytes = 0;

  next(progress: CopyProgress, nowMs: number): Rate {
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#sinceMs = nowMs;
      this.#firstDocuments = progress.documents;
      this.#firstBytes = progress.bytes;
    }
    const elapsedMs = nowMs - this.#sinceMs;
    const bytes = progress.bytes - this.#firstBytes;
    const bytesPerSecond = elapsedMs >= 1000 && bytes > 0 ? (bytes / elapsedMs) * 1000 : undefined;
    return { bytesPerSecond, leftMs: this.#left(progress, elapsedMs) };
  }

  #left({ documents, totalDocuments: total }: CopyProgress, elapsedMs: number): number | undefined {
    if (total === undefined || total <= documents || elapsedMs < settledMs) return undefined;
    const made = documents - this.#firstDocuments;
    if (made <= 0 || made / total < settledShare) return undefined;
    return (elapsedMs * (total - documents)) / made;
  }
}
