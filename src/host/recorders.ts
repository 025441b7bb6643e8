import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import { BackupError, isAbort } from '../engine/errors';
import type { ErrorCode } from '../core/errorCode';
import type { RecorderReport } from '../protocol/job';
import type { Connection, Connections } from './connections';
import { Disposable } from './disposable';
import type { Logger } from './logger';
import type { RunsJobs } from './workerClient';

export type Recorder =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'on'; readonly report: RecorderReport }
  /** Waits a while and tries again by itself. */
  | { readonly kind: 'retrying'; readonly error: unknown; readonly sinceMs: number }
  /** Trying again can not help before someone acts. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface RecorderFailure {
  readonly connection: Connection;
  readonly error: unknown;
}

interface Session {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const hopeless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'badUri',
  'authentication',
  'unauthorized',
  'standalone',
  'unsupportedTopology',
  'unsupportedVersion',
  'wrongSource',
  'noRepository',
  'wrongPassphrase',
  'badInput',
  'formatVersion',
  'damaged',
]);

const off: Recorder = { kind: 'off' };
const firstRetryMs = 1000;
const lastRetryMs = 60_000;

/** One endless `record` job for each connection that is to be recorded. */
export class Recorders extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #sessions = new Map<string, Session>();
  readonly #states = new Map<string, Recorder>();
  readonly #changed = this.register(new vscode.EventEmitter<string>());
  /** The connection whose recorder reported. */
  readonly onDidChange = this.#changed.event;
  readonly #failed = this.register(new vscode.EventEmitter<RecorderFailure>());
  /** A recorder gave up. */
  readonly onDidFail = this.#failed.event;

  constructor(worker: RunsJobs, connections: Connections, log: Logger) {
    super();
    this.#worker = worker;
    this.#connections = connections;
    this.#log = log;
  }

  state(id: string): Recorder {
    return this.#states.get(id) ?? off;
  }

  isOn(id: string): boolean {
    return this.#sessions.has(id);
  }

  get anyOn(): boolean {
    return this.#sessions.size > 0;
  }

  /** Starts what was recording when VS Code was left. */
  async resume(): Promise<void> {
    const wanted = this.#connections.all.filter((c) => this.#connections.isRecordingWanted(c.id));
    await Promise.all(wanted.map((c) => this.#begin(c.id, true)));
  }

  /** Remembers the wish, so that recording goes on after a reload. */
  async start(id: string): Promise<void> {
    await this.#begin(id, false);
  }

  async #begin(id: string, resumed: boolean): Promise<void> {
    const connection = this.#connections.get(id);
    await this.#connections.setRecordingWanted(id, true);
    if (this.#sessions.has(id)) return;
    const abort = new AbortController();
    this.#states.set(id, { kind: 'starting' });
    const ended = this.#keepRecording(connection, resumed, abort).finally(() => this.#sessions.delete(id));
    this.#sessions.set(id, { abort, ended });
    this.#tell(id);
    void ended.then(() => this.#tell(id));
  }

  /** Resolves once the open segment is sealed. */
  async stop(id: string): Promise<void> {
    await this.#connections.setRecordingWanted(id, false);
    const session = this.#sessions.get(id);
    session?.abort.abort();
    await session?.ended;
    this.#set(id, off);
  }

  /** Ends every recorder but keeps the wishes, for the next window. */
  override dispose(): void {
    for (const session of this.#sessions.values()) session.abort.abort();
    super.dispose();
  }

  async #keepRecording(connection: Connection, resumed: boolean, abort: AbortController): Promise<void> {
    const { signal } = abort;
    let retryMs = firstRetryMs;
    while (!signal.aborted && this.#isWanted(connection.id)) {
      try {
        const uri = await this.#connections.uri(connection.id);
        const params = { uri, repository: connection.repository, keepTrying: true, resumed };
        const onProgress = (report: RecorderReport) => {
          retryMs = firstRetryMs;
          if (!this.#isWanted(connection.id)) return abort.abort();
          this.#set(connection.id, { kind: 'on', report });
        };
        const report = await this.#worker.run('record', params, { signal, onProgress });
        this.#log.info('recorder stopped', connection.label, report.position);
        this.#set(connection.id, off);
        return;
      } catch (error) {
        if (isAbort(error)) return this.#set(connection.id, off);
        this.#log.error('recorder failed', connection.label, error);
        if (error instanceof BackupError && hopeless.has(error.code)) {
          this.#set(connection.id, { kind: 'failed', error });
          this.#failed.fire({ connection, error });
          return;
        }
        this.#set(connection.id, { kind: 'retrying', error, sinceMs: this.#stalledSince(connection.id) });
        await waitOrAbort(retryMs, signal);
        retryMs = Math.min(retryMs * 2, lastRetryMs);
      }
    }
    this.#set(connection.id, off);
  }

  /** Another window may stop a recording or remove a connection: windows share both wishes. */
  #isWanted(id: string): boolean {
    return this.#connections.find(id) !== undefined && this.#connections.isRecordingWanted(id);
  }

  #stalledSince(id: string): number {
    const state = this.state(id);
    return state.kind === 'retrying' ? state.sinceMs : Date.now();
  }

  #set(id: string, state: Recorder): void {
    this.#states.set(id, state);
    this.#tell(id);
  }

  #tell(id: string): void {
    if (!this.isDisposed) this.#changed.fire(id);
  }
}

async function waitOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    if (!isAbort(error)) throw error;
  });
}
