import * as vscode from 'vscode';
import type { PreviewReport } from '../protocol/job';
import type { Connections } from './connections';
import { Disposable } from './disposable';
import type { Logger } from './logger';
import type { RunsJobs } from './workerClient';

export interface Preview extends PreviewReport {
  readonly connection: string;
}

/** The scratch databases that previews made, over all connections. */
export class Previews extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #all: readonly Preview[] = [];

  constructor(worker: RunsJobs, connections: Connections, log: Logger) {
    super();
    this.#worker = worker;
    this.#connections = connections;
    this.#log = log;
  }

  /** Newest first. */
  get all(): readonly Preview[] {
    return this.#all;
  }

  find(connection: string, database: string): Preview | undefined {
    return this.#all.find((p) => p.connection === connection && p.database === database);
  }

  async refresh(): Promise<void> {
    const lists = await Promise.all(this.#connections.all.map((c) => this.#list(c.id, c.repository)));
    const all = lists.flat().sort((a, b) => b.createdMs - a.createdMs);
    if (JSON.stringify(all) === JSON.stringify(this.#all)) return;
    this.#all = all;
    this.#changed.fire();
  }

  /** Whether there was anything to drop. */
  async drop(connection: string, database: string, signal?: AbortSignal): Promise<boolean> {
    const { repository } = this.#connections.get(connection);
    const uri = await this.#connections.uri(connection);
    const options = signal ? { signal } : {};
    const { dropped } = await this.#worker.run('dropPreview', { repository, uri, database }, options);
    await this.refresh();
    return dropped;
  }

  async #list(connection: string, repository: string): Promise<readonly Preview[]> {
    try {
      const reports = await this.#worker.run('previews', { repository });
      return reports.map((report) => ({ ...report, connection }));
    } catch (error) {
      this.#log.debug('previews not listed', error);
      return [];
    }
  }
}
