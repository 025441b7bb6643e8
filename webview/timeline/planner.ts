import type { PlanReport } from '../../src/protocol/job';
import type { Moment } from './stepping';

/** What is known of the chosen moment. */
export type Planned =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking'; readonly moment: Moment; readonly before: PlanReport | undefined }
  | { readonly kind: 'ready'; readonly moment: Moment; readonly plan: PlanReport }
  | {
      readonly kind: 'refused';
      readonly moment: Moment;
      readonly message: string;
      readonly hint: string | undefined;
    };

export interface PlannerPorts {
  readonly ask: (request: number, at: string, scope: string | undefined) => void;
  readonly changed: () => void;
  /** Calls back after the time; the answer cancels it. */
  readonly after: (ms: number, call: () => void) => () => void;
}

/** Asks for a plan of the latest choice only: choices in quick succession are one request, stale answers are dropped. */
export class Planner {
  readonly #ports: PlannerPorts;
  readonly #delayMs: number;
  #planned: Planned = { kind: 'none' };
  #scope: string | undefined;
  #request = 0;
  #asked = 0;
  #cancel: (() => void) | undefined;

  constructor(ports: PlannerPorts, delayMs = 120) {
    this.#ports = ports;
    this.#delayMs = delayMs;
  }

  get planned(): Planned {
    return this.#planned;
  }

  get moment(): Moment | undefined {
    return this.#planned.kind === 'none' ? undefined : this.#planned.moment;
  }

  /** `now` skips the wait: the choice is final, not one of a drag. */
  choose(moment: Moment, scope: string | undefined, when: 'now' | 'soon'): void {
    const same = this.#request > 0 && this.moment?.at === moment.at && this.#scope === scope;
    if (!same || this.#planned.kind === 'refused') {
      this.#request++;
      this.#scope = scope;
      const before = this.#planned.kind === 'ready' ? this.#planned.plan : undefined;
      this.#planned = { kind: 'asking', moment, before: before ?? this.#lastPlan() };
      this.#ports.changed();
    } else if (this.#planned.kind !== 'none') this.#planned = { ...this.#planned, moment };
    if (this.#asked === this.#request) return;
    this.#cancel?.();
    this.#cancel = undefined;
    if (when === 'now') this.#ask();
    else this.#cancel = this.#ports.after(this.#delayMs, () => this.#ask());
  }

  /** Asks again about the moment in view: more may be recorded after it by now. */
  refresh(): void {
    if (this.#planned.kind !== 'ready') return;
    this.#request++;
    this.#ask();
  }

  /** Takes up a choice of an earlier session; `choose` it again to have it planned. */
  restore(moment: Moment): void {
    this.#planned = { kind: 'asking', moment, before: undefined };
  }

  /** Takes an answer to the latest request; `false` when it answers an older one. */
  accept(request: number, plan: PlanReport): boolean {
    if (request !== this.#request || this.#planned.kind === 'none') return false;
    this.#planned = { kind: 'ready', moment: this.#planned.moment, plan };
    this.#ports.changed();
    return true;
  }

  refuse(request: number, message: string, hint: string | undefined): boolean {
    if (request !== this.#request || this.#planned.kind === 'none') return false;
    this.#planned = { kind: 'refused', moment: this.#planned.moment, message, hint };
    this.#ports.changed();
    return true;
  }

  #lastPlan(): PlanReport | undefined {
    return this.#planned.kind === 'asking' ? this.#planned.before : undefined;
  }

  #ask(): void {
    this.#cancel = undefined;
    const moment = this.moment;
    if (moment === undefined) return;
    this.#asked = this.#request;
    this.#ports.ask(this.#request, moment.at, this.#scope);
  }
}
