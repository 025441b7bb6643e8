/** Latencies vary by so much without anybody being the slower for it. */
const slackMs = 8;
const factor = 4;
const firstPauseMs = 10;
const longestPauseMs = 400;
/** What is calm follows a network that becomes slower for good, within minutes. */
const drift = 0.002;

/**
 * How long to leave a source alone between batches, by how long a trivial command takes there: nothing while it
 * answers as it does when calm, longer and longer while it does not, never so long that a copy stands still.
 */
export class Pace {
  #calmMs: number | undefined;
  #pauseMs = 0;

  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** Takes one measured latency. */
  heard(latencyMs: number): void {
    const calm = Math.min(latencyMs, this.#calmMs ?? latencyMs);
    this.#calmMs = calm + (latencyMs - calm) * drift;
    if (latencyMs > calm * factor + slackMs) {
      this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2));
    } else {
      this.#pauseMs = this.#pauseMs < firstPauseMs ? 0 : this.#pauseMs / 2;
    }
  }
}
