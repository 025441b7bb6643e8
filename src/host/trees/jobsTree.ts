import * as vscode from 'vscode';
import type { Connections } from '../connections';
import { Disposable } from '../disposable';
import { formatElapsed, formatNearby } from '../format';
import type { JobEntry, JobList, JobResult } from '../jobList';
import type { JobState } from '../jobState';
import { contextValue } from './contextValue';
import { tooltipOf } from './tooltip';

/** Doubles as the target of commands on what a job made. */
export interface JobNode extends JobResult {
  readonly id: number;
  readonly connection?: string;
}

/** Running and finished jobs, newest first. */
export class JobsTree extends Disposable implements vscode.TreeDataProvider<JobNode> {
  readonly #jobs: JobList;
  readonly #connections: Connections;
  readonly #nodes = new Map<number, JobNode>();
  readonly #changed = this.register(new vscode.EventEmitter<JobNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(jobs: JobList, connections: Connections) {
    super();
    this.#jobs = jobs;
    this.#connections = connections;
    this.register(jobs.onDidChange((entry) => this.#changed.fire(entry && this.#node(entry.id))));
  }

  getChildren(parent?: JobNode): JobNode[] {
    return parent ? [] : this.#jobs.all.map(({ id }) => this.#node(id));
  }

  getTreeItem({ id }: JobNode): vscode.TreeItem {
    const job = this.#jobs.find(id);
    const made = new vscode.TreeItem(job?.title ?? '', vscode.TreeItemCollapsibleState.None);
    made.id = String(id);
    if (!job) return made;
    made.description = job.state === 'cancelling' ? stateText(job.state) : job.message;
    made.iconPath = icons[job.state];
    made.contextValue = contextValue(
      'job',
      job.state,
      job.result?.database !== undefined && 'preview',
      job.result?.at !== undefined && 'comparable',
    );
    made.tooltip = this.#tooltip(job);
    made.accessibilityInformation = { label: `${job.title}, ${stateText(job.state)}, ${job.message}` };
    return made;
  }

  #tooltip(job: JobEntry): vscode.MarkdownString {
    const started = formatNearby(job.startedMs, Date.now());
    const time =
      job.endedMs === undefined
        ? vscode.l10n.t('Started at {0}', started)
        : vscode.l10n.t('Started at {0}, took {1}', started, formatElapsed(job.endedMs - job.startedMs));
    const name = this.#connections.find(job.connection)?.name;
    return tooltipOf(job.title, name, `${stateText(job.state)}. ${time}`, job.message);
  }

  #node(id: number): JobNode {
    const job = this.#jobs.find(id);
    const known = this.#nodes.get(id);
    const made = job?.result !== undefined;
    if (known && made === (known.connection !== undefined)) return known;
    const node: JobNode = made ? { id, connection: job.connection, ...job.result } : { id };
    this.#nodes.set(id, node);
    return node;
  }
}

const icons: Readonly<Record<JobState, vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon('loading~spin'),
  cancelling: new vscode.ThemeIcon('loading~spin'),
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  cancelled: new vscode.ThemeIcon('circle-slash'),
};

function stateText(state: JobState): string {
  switch (state) {
    case 'running':
      return vscode.l10n.t('Running');
    case 'cancelling':
      return vscode.l10n.t('Cancelling');
    case 'done':
      return vscode.l10n.t('Done');
    case 'failed':
      return vscode.l10n.t('Failed');
    case 'cancelled':
      return vscode.l10n.t('Cancelled');
  }
}
