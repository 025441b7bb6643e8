import * as vscode from 'vscode';
import type { CollectionReport, StatusReport } from '../../protocol/job';
import type { Connections } from '../connections';
import { Disposable } from '../disposable';
import type { Events } from '../events';
import type { Previews } from '../previews';
import { recorderText } from '../recorderText';
import type { Recorders } from '../recorders';
import { isGrowing } from '../restorable';
import { readSettings } from '../settings';
import type { SourceChange, Sources } from '../sources';
import { emptyStatus, type Statuses } from '../statuses';
import * as items from './clusterItems';
import { careItem, careLook, hasCare, troubleText } from './careItem';
import { eventItem, olderEventsItem } from './eventItems';
import type { ClusterNode, GroupKind, NodeOf } from './clusterNodes';
import { contextValue } from './contextValue';
import { pagesOf } from './pages';

export interface ClusterServices {
  readonly connections: Connections;
  readonly recorders: Recorders;
  readonly statuses: Statuses;
  readonly events: Events;
  readonly sources: Sources;
  readonly previews: Previews;
}

const groups: readonly GroupKind[] = ['events', 'snapshots', 'marks', 'gaps'];
/** What a restore in place or an undo can be asked of. */
const writable: ReadonlySet<ClusterNode['kind']> = new Set([
  ...(['event', 'range', 'snapshot', 'mark', 'database', 'collection'] as const),
]);
/** What is there with nothing recorded. */
const ofServer: ReadonlySet<ClusterNode['kind']> = new Set(['database', 'collection'] as const);
/** The newest ones; the rest is on the timeline. */
const eventsShown = 50;

/** Connections with what of each can be restored and what its server holds. Only what changed is refreshed. */
export class ClustersTree extends Disposable implements vscode.TreeDataProvider<ClusterNode> {
  readonly #services: ClusterServices;
  readonly #kept = new Map<string, ClusterNode>();
  readonly #shownRecorder = new Map<string, string>();
  readonly #shownStatus = new Map<string, StatusReport>();
  /** Connections that show a group of events. */
  readonly #shownEvents = new Set<string>();
  readonly #changed = this.register(new vscode.EventEmitter<ClusterNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(services: ClusterServices) {
    super();
    this.#services = services;
    this.register(services.connections.onDidChange(() => this.#changed.fire(undefined)));
    this.register(services.sources.onDidChange((change) => this.#sourceChanged(change)));
    this.register(services.recorders.onDidChange((id) => this.#recorderChanged(id)));
    this.register(services.previews.onDidChange(() => this.#changed.fire(undefined)));
    this.register(services.statuses.onDidChange((id) => this.#statusChanged(id)));
    this.register(services.events.onDidChange((id) => this.#eventsChanged(id)));
  }

  connectionNode(connection: string): ClusterNode {
    return this.#keep({ kind: 'connection', connection });
  }

  async getChildren(parent?: ClusterNode): Promise<ClusterNode[]> {
    if (!parent) return this.#services.connections.all.map((c) => this.connectionNode(c.id));
    const { connection } = parent;
    switch (parent.kind) {
      case 'connection':
        return await this.#connectionChildren(connection);
      case 'restorable':
        return (await this.#services.statuses.get(connection)).ranges
          .map((range): ClusterNode => ({ kind: 'range', connection, range, at: range.to }))
          .reverse();
      case 'group':
        if (parent.group === 'events') return this.#eventNodes(connection);
        return groupChildren(connection, parent.group, await this.#services.statuses.get(connection));
      case 'database':
        return this.#collections(connection, parent.ns);
      case 'page':
        return collectionNodes(connection, parent.database, parent.reports);
      default:
        return [];
    }
  }

  getTreeItem(node: ClusterNode): vscode.TreeItem {
    const made = this.#item(node, Date.now());
    const isProtected = this.#services.connections.find(node.connection)?.protected === true;
    if (made.contextValue !== undefined)
      made.contextValue = contextValue(
        made.contextValue,
        ofServer.has(node.kind) && items.hasRange(this.#status(node.connection)) && 'restorable',
        writable.has(node.kind) && isProtected && 'protected',
      );
    return made;
  }

  #item(node: ClusterNode, nowMs: number): vscode.TreeItem {
    switch (node.kind) {
      case 'connection':
        return this.#connectionItem(node);
      case 'restorable':
        return items.restorableItem(
          node.connection,
          this.#status(node.connection),
          this.#isGrowing(node.connection),
          nowMs,
        );
      case 'care':
        return careItem(node.connection, this.#status(node.connection), nowMs);
      case 'range':
        return items.rangeItem(node, nowMs);
      case 'group':
        return items.groupItem(node, this.#countOf(node));
      case 'snapshot':
        return items.snapshotItem(node, nowMs);
      case 'mark':
        return items.markItem(node, nowMs);
      case 'gap':
        return items.gapItem(node, nowMs);
      case 'event':
        return eventItem(node, nowMs);
      case 'olderEvents':
        return olderEventsItem(node);
      case 'loading':
        return items.loadingItem(node);
      case 'problem':
        return items.problemItem(node);
      case 'database':
        return items.databaseItem(node, this.#services.sources.collections(node.connection, node.ns));
      case 'page':
        return items.pageItem(node);
      case 'collection':
        return items.collectionItem(node);
    }
  }

  /** Enough for `reveal` of a connection. */
  getParent(): undefined {
    return undefined;
  }

  async #connectionChildren(connection: string): Promise<ClusterNode[]> {
    const nodes: ClusterNode[] = [];
    try {
      const status = await this.#services.statuses.get(connection);
      this.#shownStatus.set(connection, status);
      nodes.push(this.#keep({ kind: 'restorable', connection }));
      if (hasCare(status)) nodes.push(this.#keep({ kind: 'care', connection }));
      for (const group of groups)
        if (this.#countOf({ connection, group }) > 0)
          nodes.push(this.#keep({ kind: 'group', connection, group }));
    } catch (error) {
      nodes.push({ kind: 'problem', connection, of: 'repository', error });
    }
    return [...nodes, ...this.#sourceChildren(connection)];
  }

  /** Never waits for a server: its answer refreshes the connection. */
  #sourceChildren(connection: string): ClusterNode[] {
    const source = this.#services.sources.known(connection);
    if (!source) {
      void this.#services.sources.refresh(connection);
      return [{ kind: 'loading', connection }];
    }
    if (source.kind === 'failed') return [{ kind: 'problem', connection, of: 'source', error: source.error }];
    const { databases, problem } = source;
    return [
      ...(problem ? [{ kind: 'problem', connection, of: 'recording', error: problem } as const] : []),
      ...databases
        .filter((ns) => !this.#services.previews.find(connection, ns))
        .map((ns) => this.#keep({ kind: 'database', connection, ns })),
    ];
  }

  /**
   * Read when a database is opened first. Nothing waits for the server here: VS Code gives up the rows of a database whose
   * connection is refreshed meanwhile.
   */
  #collections(connection: string, database: string): ClusterNode[] {
    const { sources } = this.#services;
    const listing = sources.collections(connection, database);
    if (!listing) {
      void sources.readCollections(connection, database);
      return [{ kind: 'loading', connection, database }];
    }
    if (listing.kind === 'failed')
      return [{ kind: 'problem', connection, of: { database }, error: listing.error }];
    const reports = listing.collections;
    const pages = pagesOf(reports);
    if (pages.length === 0) return collectionNodes(connection, database, reports);
    return pages.map((page) => ({ kind: 'page', connection, database, reports: page.items }));
  }

  #eventNodes(connection: string): ClusterNode[] {
    const events = this.#services.events.known(connection);
    const nodes = events
      .slice(-eventsShown)
      .map((report): ClusterNode => ({
        kind: 'event',
        connection,
        report,
        event: report.id,
        ns: report.ns,
      }))
      .reverse();
    const older = events.length - nodes.length;
    return older > 0 ? [...nodes, { kind: 'olderEvents', connection, count: older }] : nodes;
  }

  #countOf({ connection, group }: { readonly connection: string; readonly group: GroupKind }): number {
    if (group === 'events') return this.#services.events.known(connection).length;
    return this.#status(connection)[group].length;
  }

  #eventsChanged(id: string): void {
    if (!this.#services.connections.find(id)) return;
    const known = this.#shownEvents.has(id);
    const some = this.#services.events.known(id).length > 0;
    if (some) this.#shownEvents.add(id);
    else this.#shownEvents.delete(id);
    const group = { kind: 'group', connection: id, group: 'events' } as const;
    this.#changed.fire(known && some ? this.#keep(group) : this.connectionNode(id));
  }

  #sourceChanged({ connection, database }: SourceChange): void {
    if (!this.#services.connections.find(connection)) return;
    if (database === undefined) this.#changed.fire(this.connectionNode(connection));
    else this.#changed.fire(this.#keep({ kind: 'database', connection, ns: database }));
  }

  #connectionItem({ connection: id }: NodeOf<'connection'>): vscode.TreeItem {
    const { connections, recorders, statuses } = this.#services;
    const connection = connections.get(id);
    const text = recorderText(recorders.state(id), readSettings().lagWarningMs, Date.now());
    this.#shownRecorder.set(id, this.#recorderLook(id));
    const expanded = connections.all.length === 1;
    const flags = { isOn: recorders.isOn(id), growing: this.#isGrowing(id) };
    return items.connectionItem(connection, text, flags, statuses.known(id), expanded);
  }

  #isGrowing(id: string): boolean {
    return isGrowing(this.#services.recorders.state(id), this.#services.statuses.known(id));
  }

  #recorderLook(id: string): string {
    const { recorders, statuses } = this.#services;
    const { severity, short, reason } = recorderText(
      recorders.state(id),
      readSettings().lagWarningMs,
      Date.now(),
    );
    const flags = [recorders.isOn(id), this.#isGrowing(id), items.hasRange(statuses.known(id))];
    return JSON.stringify([severity, short, reason, ...flags]);
  }

  #recorderChanged(id: string): void {
    this.#lookAgain(id);
    if (!this.#services.connections.find(id) || this.#shownRecorder.get(id) === this.#recorderLook(id))
      return;
    this.#changed.fire(this.connectionNode(id));
  }

  /** A server that is recorded is there again. */
  #lookAgain(id: string): void {
    const { recorders, sources } = this.#services;
    const recorder = recorders.state(id);
    if (recorder.kind !== 'on' || recorder.report.state !== 'recording') return;
    if (sources.known(id)?.kind === 'failed') void sources.refresh(id);
  }

  #statusChanged(id: string): void {
    const now = this.#status(id);
    const shown = this.#shownStatus.get(id);
    this.#shownStatus.set(id, now);
    if (!this.#services.connections.find(id)) return;
    if (!shown || shape(shown) !== shape(now)) return this.#changed.fire(this.connectionNode(id));
    if (JSON.stringify(shown.ranges) !== JSON.stringify(now.ranges))
      this.#changed.fire(this.#keep({ kind: 'restorable', connection: id }));
    if (careLook(shown, Date.now()) !== careLook(now, Date.now()))
      this.#changed.fire(this.#keep({ kind: 'care', connection: id }));
    for (const group of ['snapshots', 'marks', 'gaps'] as const)
      if (JSON.stringify(shown[group]) !== JSON.stringify(now[group]))
        this.#changed.fire(this.#keep({ kind: 'group', connection: id, group }));
  }

  #status(id: string): StatusReport {
    return this.#services.statuses.known(id) ?? emptyStatus;
  }

  #keep(node: ClusterNode): ClusterNode {
    const key = items.nodeKey(node);
    const kept = this.#kept.get(key) ?? node;
    this.#kept.set(key, kept);
    return kept;
  }
}

function collectionNodes(
  connection: string,
  database: string,
  reports: readonly CollectionReport[],
): ClusterNode[] {
  return reports.map((report) => ({
    kind: 'collection',
    connection,
    ns: `${database}.${report.name}`,
    report,
  }));
}

/** What decides which children a connection has, and the shape of each. */
function shape(status: StatusReport): string {
  const { ranges, snapshots, marks, gaps } = status;
  const some = [snapshots, marks, gaps].map((list) => list.length > 0);
  return [Math.min(ranges.length, 2), ...some, hasCare(status), troubleText(status)].join();
}

function groupChildren(
  connection: string,
  group: Exclude<GroupKind, 'events'>,
  status: StatusReport,
): ClusterNode[] {
  switch (group) {
    case 'snapshots':
      return status.snapshots
        .map((snapshot): ClusterNode => ({
          kind: 'snapshot',
          connection,
          snapshot,
          at: snapshot.consistentAt,
        }))
        .reverse();
    case 'marks':
      return status.marks
        .map((mark): ClusterNode => ({ kind: 'mark', connection, mark, at: mark.at }))
        .reverse();
    case 'gaps':
      return status.gaps.map((gap): ClusterNode => ({ kind: 'gap', connection, gap })).reverse();
  }
}
