import * as vscode from 'vscode';
import { idLabel } from '../../core/idLabel';
import {
  amountText,
  eventColor,
  eventIcon,
  eventNamespace,
  eventSpan,
  eventTime,
  eventTitle,
} from '../eventText';
import { formatCount } from '../format';
import { commandIds } from '../ids';
import { item } from './clusterItems';
import type { NodeOf } from './clusterNodes';
import { contextValue } from './contextValue';
import { tooltipOf } from './tooltip';

/** One event: a click shows it on the timeline, just before it. */
export function eventItem({ connection, report, event }: NodeOf<'event'>, nowMs: number): vscode.TreeItem {
  const label =
    amountText(report) === undefined ? report.name : `${report.name} · ${formatCount(report.count)}`;
  const made = item(`${connection}/event/${event}`, label, vscode.TreeItemCollapsibleState.None);
  made.description = `${eventNamespace(report)} · ${eventTime(report, nowMs)}`;
  made.iconPath = new vscode.ThemeIcon(eventIcon(report), eventColor(report.kind));
  made.tooltip = tooltip({ report });
  made.accessibilityInformation = { label: `${eventTitle(report)}, ${eventTime(report, nowMs)}` };
  made.contextValue = contextValue('event');
  made.command = {
    title: vscode.l10n.t('Show on Timeline'),
    command: commandIds.showEvent,
    arguments: [{ connection, event }],
  };
  return made;
}

function tooltip({ report }: Pick<NodeOf<'event'>, 'report'>): vscode.MarkdownString {
  const ids = report.sampleIds.slice(0, 5).map(idLabel);
  const sample = ids.length === 0 ? [] : [vscode.l10n.t('Such as'), ...ids];
  return tooltipOf(eventTitle(report), eventSpan(report), ...sample);
}

/** Those that the tree has no room for. */
export function olderEventsItem({ connection, count }: NodeOf<'olderEvents'>): vscode.TreeItem {
  const label =
    count === 1
      ? vscode.l10n.t('1 older event on the timeline')
      : vscode.l10n.t('{0} older events on the timeline', formatCount(count));
  const made = item(`${connection}/olderEvents`, label, vscode.TreeItemCollapsibleState.None);
  made.iconPath = new vscode.ThemeIcon('history');
  made.contextValue = contextValue('olderEvents');
  made.command = {
    title: vscode.l10n.t('Open Timeline'),
    command: commandIds.openTimeline,
    arguments: [{ connection }],
  };
  return made;
}
