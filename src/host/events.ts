import * as vscode from 'vscode';
import { BackupError } from '../engine/errors';
import type { EventReport } from '../protocol/timeTravel';
import type { Connections } from './connections';
import { Disposable } from './disposable';
import type { Logger } from './logger';
import type { Statuses } from './statuses';
import type { RunsJobs } from './workerClient';

/** What happened on each connection, by name; read again whenever more is recorded and somebody looks. */
export class Events extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #known = new Map<string, readonly EventReport[]>();
  readonly #reading = new Map<string, Promise<readonly EventReport[]>>();
  readonly #changed = this.register(new vscode.EventEmitter<string>());
  /** The connection that has other events now. */
  readonly onDidChange = this.#changed.event;

  constructor(worker: RunsJobs, connections: Connections, statuses: Statuses, log: Logger) {
    super();
    this.#worker = worker;
    this.#connections = connections;
    this.#log = log;
    this.register(statuses.onDidChange((id) => this.look(id)));
  }

  /** Oldest first, as last read. */
  known(id: string): readonly EventReport[] {
    return this.#known.get(id) ?? [];
  }

  find(id: string, event: string): EventReport | undefined {
    return this.known(id).find((e) => e.id === event);
  }

  /** Reads again for those who listen; a failure leaves what is known. */
  look(id: string): void {
    if (!this.#connections.find(id)) return;
    this.refresh(id).catch((error: unknown) => this.#log.debug('events not read', error));
  }

  /** Reads again; calls while one read runs share it. A repository that does not exist yet has none. */
  async refresh(id: string): Promise<readonly EventReport[]> {
    const running = this.#reading.get(id);
    if (running) return await running;
    const reading = this.#read(id).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    return await reading;
  }

  forget(id: string): void {
    this.#known.delete(id);
  }

  async #read(id: string): Promise<readonly EventReport[]> {
    const { repository } = this.#connections.get(id);
    const { events } = await this.#worker.run('events', { repository }).catch((error: unknown) => {
      if (error instanceof BackupError && error.code === 'noRepository') return { events: [] };
      throw error;
    });
    const before = this.#known.get(id);
    if (before && JSON.stringify(before) === JSON.stringify(events)) return before;
    this.#known.set(id, events);
    this.#changed.fire(id);
    return events;
  }
}
