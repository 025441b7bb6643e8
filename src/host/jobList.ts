import * as vscode from 'vscode';
import { Disposable } from './disposable';
import { hasEnded, nextState, type JobEvent, type JobState } from './jobState';

/** What a finished job made, for the actions on its row. */
export interface JobResult {
  /** A scratch database. */
  readonly database?: string;
  /** A moment to compare with now, and the one namespace it is about. */
  readonly at?: string;
  readonly ns?: string;
}

export interface JobEntry {
  readonly id: number;
  readonly title: string;
  readonly connection: string;
  readonly state: JobState;
  /** Progress while running, the outcome after. */
  readonly message: string;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly result?: JobResult;
}

const keptFinished = 50;
const historyKey = 'jobs';

/** The jobs the user started in this window, newest first; their history outlives a reload. */
export class JobList extends Disposable {
  readonly #history: Pick<vscode.Memento, 'get' | 'update'>;
  readonly #entries = new Map<number, JobEntry>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #changed = this.register(new vscode.EventEmitter<JobEntry | undefined>());
  /** The entry that changed in place; `undefined` when the list itself did. */
  readonly onDidChange = this.#changed.event;
  #nextId = 1;

  constructor(history: Pick<vscode.Memento, 'get' | 'update'>) {
    super();
    this.#history = history;
    for (const entry of history.get<readonly JobEntry[]>(historyKey, [])) this.#takeUp(entry);
  }

  get all(): readonly JobEntry[] {
    return [...this.#entries.values()].reverse();
  }

  find(id: number): JobEntry | undefined {
    return this.#entries.get(id);
  }

  start(title: string, connection: string, abort: AbortController): number {
    const id = this.#nextId++;
    this.#aborts.set(id, abort);
    const entry = { title, connection, message: '', startedMs: Date.now(), endedMs: undefined };
    this.#entries.set(id, { id, state: 'running', ...entry });
    this.#listChanged();
    return id;
  }

  report(id: number, message: string): void {
    const entry = this.#entries.get(id);
    if (!entry || hasEnded(entry.state) || entry.message === message) return;
    this.#replace({ ...entry, message });
  }

  finish(id: number, event: Exclude<JobEvent, 'cancel'>, message: string, result?: JobResult): void {
    const entry = this.#entries.get(id);
    this.#aborts.delete(id);
    if (!entry) return;
    const state = nextState(entry.state, event);
    const ended = { ...entry, state, message, endedMs: Date.now() };
    this.#entries.set(id, result === undefined ? ended : { ...ended, result });
    this.#dropOldest();
    this.#listChanged();
  }

  cancel(id: number): void {
    const entry = this.#entries.get(id);
    if (entry) this.#replace({ ...entry, state: nextState(entry.state, 'cancel') });
    this.#aborts.get(id)?.abort();
  }

  /** Those of a connection that have not ended. */
  runningOf(connection: string): readonly JobEntry[] {
    return this.all.filter((entry) => entry.connection === connection && !hasEnded(entry.state));
  }

  /** Cancels the jobs of a connection; resolves when they have ended. */
  async endAll(connection: string): Promise<void> {
    for (const { id } of this.runningOf(connection)) this.cancel(id);
    while (this.runningOf(connection).length > 0)
      await new Promise<void>((resolve) => {
        const link = this.onDidChange(() => (link.dispose(), resolve()));
      });
  }

  clearFinished(): void {
    for (const entry of this.all) if (hasEnded(entry.state)) this.#entries.delete(entry.id);
    this.#listChanged();
  }

  /** What was running when its window went has been cancelled by that. */
  #takeUp(entry: JobEntry): void {
    const id = this.#nextId++;
    const state = nextState(entry.state, 'windowClosed');
    const message =
      state === entry.state ? entry.message : vscode.l10n.t('Interrupted, as its window was closed');
    this.#entries.set(id, { ...entry, id, state, message, endedMs: entry.endedMs ?? entry.startedMs });
  }

  #replace(entry: JobEntry): void {
    this.#entries.set(entry.id, entry);
    this.#changed.fire(entry);
  }

  #listChanged(): void {
    void this.#history.update(historyKey, [...this.#entries.values()]);
    this.#changed.fire(undefined);
  }

  #dropOldest(): void {
    const finished = this.all.filter((e) => hasEnded(e.state));
    for (const entry of finished.slice(keptFinished)) this.#entries.delete(entry.id);
  }
}
