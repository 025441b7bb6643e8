import * as vscode from 'vscode';
import type { CollectionReport, RangeReport, StatusReport } from '../../protocol/job';
import { collectionIcons } from '../collectionIcons';
import { themeColor } from '../connectionColor';
import type { Connection } from '../connections';
import { describeFailure } from '../failure';
import {
  clusterTimeMs,
  formatBytes,
  formatClusterMoment,
  formatClusterNearby,
  formatCount,
  formatSpan,
} from '../format';
import { commandIds } from '../ids';
import { collectionsText, documentsText } from '../planText';
import type { RecorderText, Severity } from '../recorderText';
import { restorableText } from '../restorable';
import type { Listing } from '../sources';
import { troubleText } from './careItem';
import type { ClusterNode, NodeOf } from './clusterNodes';
import { decorationUri } from './connectionDecorations';
import { contextValue } from './contextValue';
import { tooltipOf } from './tooltip';

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

/** A tree item whose id keeps selection and expansion over refreshes. */
export function item(id: string, label: string, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const made = new vscode.TreeItem(label, state);
  made.id = id;
  return made;
}

export function connectionItem(
  connection: Connection,
  recorder: RecorderText,
  { isOn, growing }: { readonly isOn: boolean; readonly growing: boolean },
  status: StatusReport | undefined,
  expanded: boolean,
): vscode.TreeItem {
  const made = item(connection.id, connection.name, expanded ? Expanded : Collapsed);
  const host = connection.name === connection.label ? undefined : connection.label;
  const damaged = status && troubleText(status);
  const guarded = connection.protected ? vscode.l10n.t('protected') : undefined;
  const shown = [recorder.short, damaged, guarded, host].filter((part) => part !== undefined);
  made.description = shown.join(' · ');
  made.iconPath = connectionIcon(
    connection,
    damaged === undefined ? recorder.severity : worse(recorder.severity),
  );
  made.resourceUri = decorationUri(connection.id);
  made.tooltip = connectionTooltip(connection, recorder, status, growing);
  made.contextValue = contextValue(
    'connection',
    isOn ? 'recording' : 'idle',
    hasRange(status) && 'restorable',
    connection.protected && 'protected',
  );
  made.accessibilityInformation = { label: `${connection.name}, ${shown.join(', ')}` };
  return made;
}

/** Damage is a warning, whatever the recorder does. */
function worse(severity: Severity): Severity {
  return severity === 'error' ? severity : 'warning';
}

function connectionIcon(connection: Connection, severity: Severity): vscode.ThemeIcon {
  switch (severity) {
    case 'error':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
    case 'warning':
      return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    case 'fine':
      return new vscode.ThemeIcon('record', new vscode.ThemeColor('charts.red'));
    case 'off':
      return new vscode.ThemeIcon(
        connection.protected ? 'shield' : 'server',
        connection.color && themeColor(connection.color),
      );
  }
}

function connectionTooltip(
  connection: Connection,
  recorder: RecorderText,
  status: StatusReport | undefined,
  growing: boolean,
): vscode.MarkdownString {
  const range = status?.ranges.at(-1);
  return tooltipOf(
    connection.name,
    connection.label,
    recorder.reason === undefined ? recorder.short : `${recorder.short}: ${recorder.reason}`,
    range && restorableText(range, growing, formatClusterMoment),
    connection.protected ? vscode.l10n.t('Protected: nothing is ever restored in place.') : undefined,
    vscode.l10n.t('Repository: {0}', connection.repository),
  );
}

export function hasRange(status: StatusReport | undefined): boolean {
  return (status?.ranges.length ?? 0) > 0;
}

export function restorableItem(
  connection: string,
  status: StatusReport,
  growing: boolean,
  nowMs: number,
): vscode.TreeItem {
  const several = status.ranges.length > 1;
  const made = item(`${connection}/restorable`, vscode.l10n.t('Restorable'), several ? Collapsed : None);
  const last = status.ranges.at(-1);
  made.contextValue = contextValue('restorable', last !== undefined && 'some');
  if (!last) {
    made.iconPath = new vscode.ThemeIcon('circle-slash');
    made.description = vscode.l10n.t('nothing yet');
    made.accessibilityInformation = { label: [vscode.l10n.t('Restorable'), made.description].join(', ') };
    made.tooltip = vscode.l10n.t(
      'Take a snapshot to get a first moment to come back to. Start recording to be able to go to every moment after it.',
    );
    return made;
  }
  made.iconPath = new vscode.ThemeIcon('history');
  made.description = growing ? sinceText(last, nowMs) : boundsText(last, nowMs);
  made.tooltip = tooltipOf(
    vscode.l10n.t(
      'Every moment from {0} to {1} can be brought back.',
      formatClusterMoment(last.from),
      formatClusterMoment(last.to),
    ),
    formatSpan(lengthMs(last)),
  );
  made.command = openTimeline(connection);
  return made;
}

function openTimeline(connection: string): vscode.Command {
  return {
    title: vscode.l10n.t('Open Timeline'),
    command: commandIds.openTimeline,
    arguments: [{ connection }],
  };
}

function sinceText(range: RangeReport, nowMs: number): string {
  return vscode.l10n.t('since {0}', formatClusterNearby(range.from, nowMs));
}

function boundsText({ from, to }: RangeReport, nowMs: number): string {
  return `${formatClusterNearby(from, nowMs)} – ${formatClusterNearby(to, nowMs)}`;
}

function lengthMs({ from, to }: RangeReport): number {
  return (clusterTimeMs(to) ?? 0) - (clusterTimeMs(from) ?? 0);
}

export function rangeItem({ connection, range }: NodeOf<'range'>, nowMs: number): vscode.TreeItem {
  const made = item(`${connection}/range/${range.from}`, boundsText(range, nowMs), None);
  made.description = formatSpan(lengthMs(range));
  made.iconPath = new vscode.ThemeIcon('history');
  made.contextValue = contextValue('range');
  return made;
}

export function groupItem({ connection, group }: NodeOf<'group'>, count: number): vscode.TreeItem {
  const { label, icon } = {
    events: { label: vscode.l10n.t('Events'), icon: 'pulse' },
    snapshots: { label: vscode.l10n.t('Snapshots'), icon: 'archive' },
    marks: { label: vscode.l10n.t('Marks'), icon: 'bookmark' },
    gaps: { label: vscode.l10n.t('Gaps'), icon: 'debug-disconnect' },
  }[group];
  const made = item(`${connection}/${group}`, label, Collapsed);
  made.iconPath = new vscode.ThemeIcon(icon);
  made.description = formatCount(count);
  made.contextValue = contextValue(group);
  return made;
}

export function snapshotItem({ connection, snapshot }: NodeOf<'snapshot'>, nowMs: number): vscode.TreeItem {
  const label = formatClusterNearby(snapshot.consistentAt, nowMs);
  const made = item(`${connection}/snapshot/${snapshot.id}`, label, None);
  made.iconPath = new vscode.ThemeIcon('archive');
  made.description = `${documentsText(snapshot.documents)} · ${formatBytes(snapshot.bytes)}`;
  made.tooltip = tooltipOf(
    vscode.l10n.t('Snapshot {0}', snapshot.id),
    vscode.l10n.t('Usable from {0}', formatClusterMoment(snapshot.consistentAt)),
    vscode.l10n.t('Cluster time {0}', snapshot.consistentAt),
    made.description,
  );
  made.contextValue = contextValue('snapshot');
  return made;
}

export function markItem({ connection, mark }: NodeOf<'mark'>, nowMs: number): vscode.TreeItem {
  const made = item(`${connection}/mark/${mark.at}/${mark.name}`, mark.name, None);
  made.iconPath = new vscode.ThemeIcon('bookmark');
  made.description = formatClusterNearby(mark.at, nowMs);
  made.tooltip = tooltipOf(
    mark.name,
    formatClusterMoment(mark.at),
    vscode.l10n.t('Cluster time {0}', mark.at),
  );
  made.contextValue = contextValue('mark');
  return made;
}

export function gapItem({ connection, gap }: NodeOf<'gap'>, nowMs: number): vscode.TreeItem {
  const label = `${formatClusterNearby(gap.after, nowMs)} – ${formatClusterNearby(gap.before, nowMs)}`;
  const made = item(`${connection}/gap/${gap.after}/${gap.before}`, label, None);
  made.iconPath = new vscode.ThemeIcon('debug-disconnect', new vscode.ThemeColor('list.warningForeground'));
  made.description = gap.reason;
  made.tooltip = tooltipOf(
    label,
    vscode.l10n.t('Nothing between these moments can be brought back: {0}', gap.reason),
  );
  made.contextValue = contextValue('gap');
  return made;
}

export function loadingItem({ connection, database }: NodeOf<'loading'>): vscode.TreeItem {
  const made =
    database === undefined
      ? item(`${connection}/loading`, vscode.l10n.t('Reading databases…'), None)
      : item(`${connection}/db/${database}/loading`, vscode.l10n.t('Reading collections…'), None);
  made.iconPath = new vscode.ThemeIcon('loading~spin');
  return made;
}

export function problemItem(node: NodeOf<'problem'>): vscode.TreeItem {
  const { message, hint } = describeFailure(node.error);
  const of = typeof node.of === 'string' ? node.of : `db/${node.of.database}`;
  const made = item(`${node.connection}/problem/${of}`, message, None);
  made.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  made.tooltip = tooltipOf(message, hint);
  made.contextValue = contextValue('problem');
  made.command = {
    title: vscode.l10n.t('Explain'),
    command: commandIds.explainProblem,
    arguments: [node],
  };
  return made;
}

/** Tells how many collections it has once they were read. */
export function databaseItem(
  { connection, ns }: NodeOf<'database'>,
  listing: Listing | undefined,
): vscode.TreeItem {
  const made = item(`${connection}/db/${ns}`, ns, Collapsed);
  made.iconPath = new vscode.ThemeIcon('database');
  if (listing?.kind === 'there') made.description = collectionsText(listing.collections.length);
  made.contextValue = contextValue('database');
  return made;
}

/** Some of a database's collections, by the names it begins and ends with. */
export function pageItem({ connection, database, reports }: NodeOf<'page'>): vscode.TreeItem {
  const first = reports[0]?.name ?? '';
  const made = item(
    `${connection}/page/${database}/${first}`,
    `${first} … ${reports.at(-1)?.name ?? ''}`,
    Collapsed,
  );
  made.iconPath = new vscode.ThemeIcon('list-flat');
  made.description = collectionsText(reports.length);
  made.contextValue = contextValue('page');
  return made;
}

export function collectionItem({ connection, ns, report }: NodeOf<'collection'>): vscode.TreeItem {
  const made = item(`${connection}/ns/${ns}`, report.name, None);
  made.iconPath = new vscode.ThemeIcon(collectionIcons[report.type]);
  made.description = collectionText(report);
  made.tooltip = tooltipOf(ns, made.description);
  made.contextValue = contextValue(report.type);
  return made;
}

function collectionText({ type, documents, bytes }: CollectionReport): string {
  if (type === 'view') return vscode.l10n.t('view');
  const parts = documents === undefined ? [] : [documentsText(documents)];
  if (bytes !== undefined) parts.push(formatBytes(bytes));
  return parts.join(' · ');
}

/** Nodes that are refreshed one by one keep their identity; all others are made anew. */
export function nodeKey(node: ClusterNode): string {
  if (node.kind === 'database') return `${node.connection}/db/${node.ns}`;
  return node.kind === 'group' ? `${node.connection}/${node.group}` : `${node.connection}/${node.kind}`;
}
