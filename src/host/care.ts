import * as vscode from 'vscode';
import { pruneDue, verifyDue } from '../core/careSchedule';
import { isAbort } from '../engine/errors';
import type { StatusReport } from '../protocol/job';
import { prunedText } from './commands/pruneRepository';
import { tellVerified, verifyLine } from './commands/verifyRepository';
import type { Connection } from './connections';
import { Disposable } from './disposable';
import { clusterTimeMs } from './format';
import type { Host } from './host';
import { hasEnded } from './jobState';
import { readSettings } from './settings';

const lookMs = 10 * 60_000;
/** What failed is not tried again before. */
const retryMs = 60 * 60_000;

/**
 * Prunes and verifies the repositories that this window records, when it is time to. Nobody waits for it: it speaks
 * through the tree and the log, and of damage once, when it is found.
 */
export class Care extends Disposable {
  readonly #host: Host;
  readonly #abort = new AbortController();
  readonly #busy = new Set<string>();
  readonly #failedMs = new Map<string, number>();

  constructor(host: Host) {
    super();
    this.#host = host;
    const look = () => {
      for (const { id } of host.connections.all) void this.#look(id, true);
    };
    const timer = setInterval(look, lookMs);
    this.register({ dispose: () => clearInterval(timer) });
    this.register({ dispose: () => this.#abort.abort() });
    this.register(host.statuses.onDidChange((id) => void this.#look(id, false)));
    this.register(
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration('mongoRewind')) this.#failedMs.clear();
      }),
    );
  }

  async #look(id: string, again: boolean): Promise<void> {
    const { connections, statuses, log } = this.#host;
    const failedMs = this.#failedMs.get(id);
    const mayTry = failedMs === undefined || Date.now() - failedMs > retryMs;
    if (this.#busy.has(id) || !mayTry || !this.#records(id) || !this.#isIdle()) return;
    this.#busy.add(id);
    try {
      const status = again ? await statuses.refresh(id) : await statuses.get(id);
      const connection = connections.get(id);
      if (await this.#prune(connection, status)) await statuses.refresh(id);
      if (await this.#verify(connection, await statuses.get(id))) await statuses.refresh(id);
      this.#failedMs.delete(id);
    } catch (error) {
      if (isAbort(error)) return;
      this.#failedMs.set(id, Date.now());
      log.warn('care failed', error);
    } finally {
      this.#busy.delete(id);
    }
  }

  /** A window that follows another leaves the care to it. */
  #records(id: string): boolean {
    const state = this.#host.recorders.state(id);
    return state.kind === 'on' && ['recording', 'catchingUp'].includes(state.report.state);
  }

  /** Nothing is taken from under a restore, and no job is slowed down. */
  #isIdle(): boolean {
    return this.#host.jobs.all.every((job) => hasEnded(job.state));
  }

  async #prune({ repository, label }: Connection, status: StatusReport): Promise<boolean> {
    const { retention } = readSettings();
    const facts = {
      prunedAtMs: status.pruned?.atMs,
      snapshotThen: status.pruned?.snapshot,
      snapshotNow: status.snapshots.at(-1)?.id,
    };
    if (!retention || !pruneDue(facts, Date.now())) return false;
    const params = { repository, ...retention, dryRun: false };
    const report = await this.#host.worker.run('prune', params, { signal: this.#abort.signal });
    this.#host.log.info('pruned', label, prunedText(report, false));
    return true;
  }

  async #verify({ repository, label, name }: Connection, status: StatusReport): Promise<boolean> {
    const { verifyEveryMs } = readSettings();
    const first = status.snapshots[0];
    const firstMs = first && clusterTimeMs(first.consistentAt);
    const { worker, log } = this.#host;
    if (verifyEveryMs === undefined || !this.#isIdle()) return false;
    if (!verifyDue(status.verified?.atMs, firstMs, verifyEveryMs, Date.now())) return false;
    const report = await worker.run('verify', { repository }, { signal: this.#abort.signal });
    log.info('verified', label, verifyLine(report));
    const isNews = status.verified?.ok !== false;
    if (report.damaged.length > 0 && isNews) void tellVerified(this.#host, name, report);
    return true;
  }
}
