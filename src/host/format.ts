import { parseClusterTime, secondsOf } from '../core/time';

let language = 'en-US';

/** Writes numbers as this language does from now on; until then as in English. */
export function formatNumbersIn(given: string): void {
  language = Intl.NumberFormat.supportedLocalesOf(given)[0] ?? 'en-US';
}

function formatNumber(value: number, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, options).format(value);
}

const two = (n: number) => String(n).padStart(2, '0');

/** `2026-11-25`, in the local zone. */
export function formatDay(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** `14:31:07`, in the local zone. */
export function formatClock(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** `2026-11-25 14:31:07 +01:00`: never ambiguous. */
export function formatMoment(ms: number): string {
  return `${formatDay(ms)} ${formatClock(ms)} ${formatOffset(ms)}`;
}

/** The clock alone where the day is today's, else day and clock. */
export function formatNearby(ms: number, nowMs: number): string {
  const day = formatDay(ms);
  return day === formatDay(nowMs) ? formatClock(ms) : `${day} ${formatClock(ms)}`;
}

function formatOffset(ms: number): string {
  const minutes = -new Date(ms).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The two greatest units of a duration: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes < 10 ? pair(minutes, 'min', seconds % 60, 's') : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** How long something took: `320 ms`, `1.4 s`, and from ten seconds on as a span. */
export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 9950 ? `${formatNumber(ms / 1000, 1)} s` : formatSpan(ms);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Decimal units with three digits: `999 B`, `12.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${formatNumber(value, digits)} ${units[unit] ?? 'B'}`;
}

export function formatCount(count: number): string {
  return formatNumber(count, 0);
}

/** The wall clock of `"SECONDS:ORDINAL"`, to the second; `undefined` when it is not a cluster time. */
export function clusterTimeMs(text: string): number | undefined {
  const time = parseClusterTime(text);
  return time === undefined ? undefined : secondsOf(time) * 1000;
}

/** A cluster time as a person reads it; the text itself when it is not one. */
export function formatClusterMoment(text: string): string {
  const ms = clusterTimeMs(text);
  return ms === undefined ? text : formatMoment(ms);
}

export function formatClusterNearby(text: string, nowMs: number): string {
  const ms = clusterTimeMs(text);
  return ms === undefined ? text : formatNearby(ms, nowMs);
}
