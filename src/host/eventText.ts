import * as vscode from 'vscode';
import type { EventReport } from '../protocol/timeTravel';
import { formatClock, formatCount, formatMoment, formatNearby, formatSpan } from './format';
import { documentsText, operationsText } from './planText';

/** What an event changed, in its own unit; `undefined` for kinds that count nothing. */
export function amountText({ kind, count }: EventReport): string | undefined {
  if ((kind === 'rename' || kind === 'collMod') && count === 0) return undefined;
  if (kind === 'transaction') return operationsText(count);
  if (kind !== 'index') return documentsText(count);
  return count === 1 ? vscode.l10n.t('1 index') : vscode.l10n.t('{0} indexes', formatCount(count));
}

export function eventNamespace({ ns, renamedTo }: EventReport): string {
  return renamedTo === undefined ? ns : `${ns} → ${renamedTo}`;
}

/** `deleteMany · 1,204 documents · shop.orders`. */
export function eventTitle(event: EventReport): string {
  const parts = [event.name, amountText(event), eventNamespace(event)];
  return parts.filter((part) => part !== undefined).join(' · ');
}

export function eventTime({ fromWallMs }: EventReport, nowMs: number): string {
  return formatNearby(fromWallMs, nowMs);
}

/** From its first to its last operation, with the offset. */
export function eventSpan({ fromWallMs, toWallMs }: EventReport): string {
  const from = formatMoment(fromWallMs);
  const length = toWallMs - fromWallMs;
  return length < 1000 ? from : `${from} – ${formatClock(toWallMs)} (${formatSpan(length)})`;
}

/** Of the codicons. */
export function eventIcon({ kind, inPlace }: EventReport): string {
  if (inPlace) return 'history';
  switch (kind) {
    case 'delete':
    case 'drop':
    case 'dropDatabase':
      return 'trash';
    case 'update':
      return 'edit';
    case 'insert':
      return 'diff-added';
    case 'rename':
      return 'arrow-right';
    case 'index':
      return 'list-ordered';
    case 'collMod':
      return 'settings-gear';
    case 'out':
      return 'export';
    case 'transaction':
      return 'json';
  }
}

/** The colour that says whether something may be lost. */
export function eventColor(kind: EventReport['kind']): vscode.ThemeColor | undefined {
  switch (kind) {
    case 'delete':
    case 'drop':
    case 'dropDatabase':
      return new vscode.ThemeColor('charts.red');
    case 'update':
    case 'transaction':
    case 'out':
      return new vscode.ThemeColor('charts.blue');
    case 'insert':
      return new vscode.ThemeColor('charts.green');
    default:
      return undefined;
  }
}
