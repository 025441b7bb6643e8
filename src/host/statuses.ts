import * as vscode from 'vscode';
import { BackupError } from '../engine/errors';
import type { StatusReport } from '../protocol/job';
import type { Connections } from './connections';
import { Disposable } from './disposable';
import type { Logger } from './logger';
import type { Recorders } from './recorders';
import type { RunsJobs } from './workerClient';

/** Of a repository that holds nothing yet. */
export const emptyStatus: StatusReport = {
  snapshots: [],
  ranges: [],
  gaps: [],
  marks: [],
  recorder: { state: 'stopped', position: undefined, lagMs: undefined },
};

const pollMs = 2000;

/** What each repository holds, read again while somebody looks. */
export class Statuses extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #recorders: Recorders;
  readonly #log: Logger;
  readonly #known = new Map<string, StatusReport>();
  readonly #reading = new Map<string, Promise<StatusReport>>();
  readonly #watched = new Map<string, number>();
  readonly #changed = this.register(new vscode.EventEmitter<string>());
  /** The connection whose repository holds something else now. */
  readonly onDidChange = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: RunsJobs, connections: Connections, recorders: Recorders, log: Logger) {
    super();
    this.#worker = worker;
    this.#connections = connections;
    this.#recorders = recorders;
    this.#log = log;
    this.register({ dispose: () => clearInterval(this.#timer) });
  }

  known(id: string): StatusReport | undefined {
    return this.#known.get(id);
  }

  /** The last status read, or a first one. */
  async get(id: string): Promise<StatusReport> {
    return this.#known.get(id) ?? (await this.refresh(id));
  }

  /** Reads again; calls while one read runs share it. An absent repository is an empty one. */
  async refresh(id: string): Promise<StatusReport> {
    const running = this.#reading.get(id);
    if (running) return await running;
    const reading = this.#read(id).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    return await reading;
  }

  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Keeps the status of one connection fresh while it is recorded, until disposed. */
  watch(id: string): vscode.Disposable {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    this.#timer ??= setInterval(() => this.#poll(), pollMs);
    let live = true;
    return {
      dispose: () => {
        if (!live) return;
        live = false;
        const left = (this.#watched.get(id) ?? 1) - 1;
        if (left > 0) this.#watched.set(id, left);
        else this.#watched.delete(id);
        if (this.#watched.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #poll(): void {
    for (const id of this.#watched.keys()) {
      if (!this.#recorders.isOn(id) || !this.#connections.find(id)) continue;
      this.refresh(id).catch((error: unknown) => this.#log.debug('status not read', error));
    }
  }

  async #read(id: string): Promise<StatusReport> {
    const { repository } = this.#connections.get(id);
    const status = await this.#worker.run('status', { repository }).catch((error: unknown) => {
      if (error instanceof BackupError && error.code === 'noRepository') return emptyStatus;
      throw error;
    });
    const before = this.#known.get(id);
    this.#known.set(id, status);
    if (JSON.stringify(before) !== JSON.stringify(status)) this.#changed.fire(id);
    return status;
  }
}
