import type { DensityReport } from '../../src/protocol/job';
import { isOf, readDensity, type Density } from './density';
import { bucketsFor, serves, type Buckets, type Domain } from './scale';
import { wholeSeconds, type Span } from './span';

/** How long what is shown must rest before its counts are asked for. */
const settleMs = 90;
/** How often counts are asked for again while they grow. */
const refreshMs = 3000;
/** How long an answer may take before it is asked for again. */
const patienceMs = 15_000;

/** What counts are wanted of. */
export interface Wanted {
  readonly buckets: () => Buckets;
  readonly isServedBy: (loaded: Buckets) => boolean;
  /** Whether operations are still being recorded inside. */
  readonly grows: boolean;
}

export function countsOfView(domain: Domain, width: number, grows: boolean): Wanted {
  return {
    buckets: () => bucketsFor(domain, width),
    isServedBy: (loaded) => serves(loaded, domain, width),
    grows,
  };
}

/** All of a span is recorded when it is chosen. */
export function countsOfSpan(span: Span): Wanted {
  const seconds = wholeSeconds(span);
  return {
    buckets: () => seconds,
    isServedBy: ({ fromMs, toMs }) => fromMs === seconds.fromMs && toMs === seconds.toMs,
    grows: false,
  };
}

export interface DensityPorts {
  readonly ask: (buckets: Buckets) => void;
  readonly now: () => number;
  readonly after: (ms: number, call: () => void) => void;
}

/** Keeps counts of what is shown: asks when they are not loaded, and again as more is recorded. */
export class DensityLoader {
  readonly #ports: DensityPorts;
  #density: Density | undefined;
  #asked: { readonly buckets: Buckets; readonly at: number; answered: boolean } | undefined;
  #wanted: Wanted | undefined;
  #waiting = false;

  constructor(ports: DensityPorts) {
    this.#ports = ports;
  }

  /** The last counts that came; they may be of what was shown before until the next ones do. */
  get density(): Density | undefined {
    return this.#density;
  }

  show(wanted: Wanted): void {
    this.#wanted = wanted;
    if (this.#waiting || !this.#isDue(wanted)) return;
    if (!this.#asked) return this.#ask();
    this.#waiting = true;
    this.#ports.after(settleMs, () => {
      this.#waiting = false;
      this.#ask();
    });
  }

  /** Takes the answer to the latest request, and no other. */
  accept(report: DensityReport): void {
    const asked = this.#asked;
    if (!asked || !isOf(report, asked.buckets)) return;
    asked.answered = true;
    this.#density = readDensity(report, asked.buckets);
  }

  #isDue({ isServedBy, grows }: Wanted): boolean {
    if (!this.#asked || !isServedBy(this.#asked.buckets)) return true;
    const { buckets, at, answered } = this.#asked;
    const elapsed = this.#ports.now() - at;
    if (!answered) return elapsed > patienceMs;
    return grows && elapsed > Math.max(refreshMs, buckets.stepMs / 4);
  }

  #ask(): void {
    if (!this.#wanted) return;
    const buckets = this.#wanted.buckets();
    this.#asked = { buckets, at: this.#ports.now(), answered: false };
    this.#ports.ask(buckets);
  }
}
