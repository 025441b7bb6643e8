import * as vscode from 'vscode';
import { Disposable } from './disposable';

export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

export interface JobEntry {
  readonly id: number;
  readonly title: string;
  readonly connection: string;
  readonly state: JobState;
  /** Progress while running, the outcome after. */
  readonly message: string;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
}

const keptFinished = 50;

/** The jobs the user started in this window, newest first. */
export class JobList extends Disposable {
  readonly #entries = new Map<number, JobEntry>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #changed = this.register(new vscode.EventEmitter<JobEntry | undefined>());
  /** The entry that changed in place; `undefined` when the list itself did. */
  readonly onDidChange = this.#changed.event;
  #nextId = 1;

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
    this.#changed.fire(undefined);
    return id;
  }

  report(id: number, message: string): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.message === message) return;
    this.#replace({ ...entry, message });
  }

  finish(id: number, state: Exclude<JobState, 'running'>, message: string): void {
    const entry = this.#entries.get(id);
    this.#aborts.delete(id);
    if (!entry) return;
    this.#entries.set(id, { ...entry, state, message, endedMs: Date.now() });
    this.#dropOldest();
    this.#changed.fire(undefined);
  }

  cancel(id: number): void {
    this.#aborts.get(id)?.abort();
  }

  clearFinished(): void {
    for (const entry of this.all) if (entry.state !== 'running') this.#entries.delete(entry.id);
    this.#changed.fire(undefined);
  }

  #replace(entry: JobEntry): void {
    this.#entries.set(entry.id, entry);
    this.#changed.fire(entry);
  }

  #dropOldest(): void {
    const finished = this.all.filter((e) => e.state !== 'running');
    for (const entry of finished.slice(keptFinished)) this.#entries.delete(entry.id);
  }
}
