import { parseClusterTime } from '../core/time';
import { formatDay } from './format';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * What a person types for a time, as the engine's TIME: `latest`, `mark:NAME`, `before:EVENT`, `SECONDS:ORDINAL`,
 * ISO 8601, a local day and clock, a local clock (the last time it showed), or `5 min ago`. `undefined` when none fits.
 */
export function parseMoment(text: string, nowMs: number): string | undefined {
  const typed = text.trim();
  if (typed === 'latest' || /^(mark|before):./.test(typed)) return typed;
  return clockToday(typed, nowMs) ?? clusterTimeOf(typed) ?? ago(typed, nowMs) ?? dated(typed);
}

/** Of 1970 there are none: fewer digits are a clock with a slip. */
function clusterTimeOf(typed: string): string | undefined {
  if (!/^\d{6}/.test(typed)) return undefined;
  return parseClusterTime(typed) === undefined ? undefined : typed;
}

function clockToday(typed: string, nowMs: number): string | undefined {
  if (!/^\d{1,2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(typed)) return undefined;
  const clock = typed.padStart(typed.indexOf(':') === 1 ? typed.length + 1 : typed.length, '0');
  const today = Date.parse(`${formatDay(nowMs)}T${clock}`);
  if (Number.isNaN(today)) return undefined;
  if (today <= nowMs) return new Date(today).toISOString();
  const yesterday = new Date(today);
  yesterday.setDate(yesterday.getDate() - 1);
  return yesterday.toISOString();
}

function ago(typed: string, nowMs: number): string | undefined {
  const match = /^-?\s*(\d{1,6})\s*(s|m|h|d)(ec|in|r|ours?|inutes?|econds?|ays?)?(\s+ago)?$/i.exec(typed);
  const unit = unitMs[match?.[2]?.toLowerCase() ?? ''];
  if (!match?.[1] || unit === undefined) return undefined;
  if (!typed.startsWith('-') && !match[4]) return undefined;
  return new Date(nowMs - Number(match[1]) * unit).toISOString();
}

function dated(typed: string): string | undefined {
  const match =
    /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(typed);
  if (!match) return undefined;
  const [, day, clock, offset] = match;
  const zone = offset?.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase() ?? '';
  const ms = Date.parse(`${day}T${clock?.replace(',', '.')}${zone}`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
