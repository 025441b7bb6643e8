import * as vscode from 'vscode';
import type { DatabaseReport } from '../protocol/job';
import type { Connections } from './connections';
import { Disposable } from './disposable';
import type { RunsJobs } from './workerClient';

export type Source =
  | { readonly kind: 'there'; readonly databases: readonly DatabaseReport[] }
  | { readonly kind: 'failed'; readonly error: unknown };

const oldMs = 30_000;

/** What each server holds now, as last seen. A failure is kept too, until asked again. */
export class Sources extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #known = new Map<string, Source>();
  readonly #readMs = new Map<string, number>();
  readonly #reading = new Map<string, Promise<Source>>();
  readonly #changed = this.register(new vscode.EventEmitter<string>());
  readonly onDidChange = this.#changed.event;

  constructor(worker: RunsJobs, connections: Connections) {
    super();
    this.#worker = worker;
    this.#connections = connections;
  }

  known(id: string): Source | undefined {
    return this.#known.get(id);
  }

  async get(id: string): Promise<Source> {
    return this.#known.get(id) ?? (await this.refresh(id));
  }

  async refresh(id: string): Promise<Source> {
    const running = this.#reading.get(id);
    if (running) return await running;
    const reading = this.#read(id).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    const source = await reading;
    const before = this.#known.get(id);
    this.#known.set(id, source);
    this.#readMs.set(id, Date.now());
    if (source.kind === 'failed' || JSON.stringify(before) !== JSON.stringify(source)) this.#changed.fire(id);
    return source;
  }

  /** Asks the servers again that were asked before, but not of late. */
  async refreshOld(nowMs: number): Promise<void> {
    const old = [...this.#readMs].filter(([id, ms]) => nowMs - ms > oldMs && this.#connections.find(id));
    await Promise.all(old.map(([id]) => this.refresh(id)));
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#readMs.delete(id);
  }

  async #read(id: string): Promise<Source> {
    try {
      const databases = await this.#worker.run('namespaces', { uri: await this.#connections.uri(id) });
      return { kind: 'there', databases };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}
