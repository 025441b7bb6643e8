import type { DensityReport } from '../../src/protocol/job';
import { readDensity, type Density } from './density';
import { bucketsFor, serves, type Buckets, type Domain } from './scale';

/** How long a view must rest before its counts are asked for. */
const settleMs = 90;
/** How often counts are asked for again while they grow. */
const refreshMs = 3000;
/** How long an answer may take before it is asked for again. */
const patienceMs = 15_000;

export interface DensityView {
  readonly domain: Domain;
  readonly width: number;
  /** Whether operations are still being recorded inside the view. */
  readonly grows: boolean;
}

export interface DensityPorts {
  readonly ask: (buckets: Buckets) => void;
  readonly now: () => number;
  readonly after: (ms: number, call: () => void) => void;
}

/** Keeps counts for the view: asks when it shows what is not loaded, and again as more is recorded. */
export class DensityLoader {
  readonly #ports: DensityPorts;
  #density: Density | undefined;
  #asked: { readonly buckets: Buckets; readonly at: number; answered: boolean } | undefined;
  #view: DensityView | undefined;
  #waiting = false;

  constructor(ports: DensityPorts) {
    this.#ports = ports;
  }

  /** The last counts that came; they may be of another view until the next ones do. */
  get density(): Density | undefined {
    return this.#density;
  }

  show(view: DensityView): void {
    this.#view = view;
    if (this.#waiting || !this.#wants(view)) return;
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
    if (!asked || report.fromMs !== asked.buckets.fromMs || report.toMs !== asked.buckets.toMs) return;
    asked.answered = true;
    this.#density = readDensity(report, asked.buckets);
  }

  #wants({ domain, width, grows }: DensityView): boolean {
    if (!this.#asked || !serves(this.#asked.buckets, domain, width)) return true;
    const { buckets, at, answered } = this.#asked;
    const elapsed = this.#ports.now() - at;
    if (!answered) return elapsed > patienceMs;
    return grows && elapsed > Math.max(refreshMs, buckets.stepMs / 4);
  }

  #ask(): void {
    if (!this.#view) return;
    const buckets = bucketsFor(this.#view.domain, this.#view.width);
    this.#asked = { buckets, at: this.#ports.now(), answered: false };
    this.#ports.ask(buckets);
  }
}
