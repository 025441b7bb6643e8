import type { EventReport } from '../../src/protocol/timeTravel';
import type { PlacedEvent } from './events';
import { formatClock, formatCount, formatDay, formatDuration, formatSeconds, type Reader } from './format';
import type { IconName } from './icons';
import { lengthOf } from './scale';
import type { Texts } from './strings';

/** What an event changed, in its own unit; `undefined` for kinds that count nothing. */
export function amountOf(texts: Texts, { kind, count }: EventReport): string | undefined {
  if ((kind === 'rename' || kind === 'collMod') && count === 0) return undefined;
  const unit = kind === 'index' ? 'definitions' : kind === 'transaction' ? 'operations' : 'documents';
  return texts.counted(unit, count);
}

export function namespaceOf(texts: Texts, { ns, renamedTo }: EventReport): string {
  return renamedTo === undefined ? ns : texts.get('event.renamed', { from: ns, to: renamedTo });
}

/** `deleteMany · 1,204 documents · shop.orders`. */
export function titleOf(texts: Texts, report: EventReport): string {
  const parts = [report.name, amountOf(texts, report), namespaceOf(texts, report)];
  return parts.filter((part) => part !== undefined).join(' · ');
}

/** `deleteMany · 1,204`, for where there is little room. */
export function shortTitleOf(reader: Reader, { kind, name, ns, count }: EventReport): string {
  const counts = kind !== 'rename' && kind !== 'collMod' && kind !== 'index';
  return `${name} · ${counts ? formatCount(reader, count) : ns}`;
}

/** Its time, or from when to when where it took long enough to tell. */
export function timeOf({ texts, reader }: { texts: Texts; reader: Reader }, event: PlacedEvent): string {
  const day = formatDay(reader, event.fromMs);
  const length = lengthOf(event);
  if (length < 100) return `${day}, ${formatClock(reader, event.fromMs)}`;
  const time = length < 2000 ? formatClock : formatSeconds;
  const span = { from: time(reader, event.fromMs), to: time(reader, event.toMs) };
  return `${day}, ${texts.get('event.span', { ...span, duration: formatDuration(reader, length) })}`;
}

export function eventIcon({ kind, inPlace }: EventReport): IconName {
  if (inPlace) return 'restore';
  switch (kind) {
    case 'delete':
    case 'drop':
    case 'dropDatabase':
      return 'trash';
    case 'update':
      return 'pencil';
    case 'insert':
      return 'plus';
    case 'rename':
      return 'rename';
    case 'index':
      return 'list';
    case 'collMod':
      return 'sliders';
    case 'out':
      return 'out';
    case 'transaction':
      return 'braces';
  }
}
