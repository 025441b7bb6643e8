import { dayMs, hourMs, minuteMs, secondMs } from './scale';

/** How this user reads numbers and times; the zone is the system's when not given. */
export interface Reader {
  readonly locale: string | undefined;
  readonly timeZone?: string;
}

type TimeStyle = Intl.DateTimeFormatOptions;

const formats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(reader: Reader, style: TimeStyle): Intl.DateTimeFormat {
  const key = JSON.stringify([reader, style]);
  let format = formats.get(key);
  if (format === undefined) {
    const zone = reader.timeZone === undefined ? {} : { timeZone: reader.timeZone };
    format = new Intl.DateTimeFormat(reader.locale, { ...style, ...zone });
    formats.set(key, format);
  }
  return format;
}

const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(reader: Reader, style: Intl.NumberFormatOptions = {}): Intl.NumberFormat {
  const key = JSON.stringify([reader.locale, style]);
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(reader.locale, style);
    numberFormats.set(key, format);
  }
  return format;
}

const dayStyle: TimeStyle = { day: 'numeric', month: 'short' };
const clockStyle: TimeStyle = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const secondsStyle: TimeStyle = { ...clockStyle, second: '2-digit' };

export function formatDay(reader: Reader, ms: number): string {
  return timeFormat(reader, dayStyle).format(ms);
}

export function formatDate(reader: Reader, ms: number): string {
  return timeFormat(reader, { ...dayStyle, year: 'numeric', weekday: 'short' }).format(ms);
}

export function formatMinutes(reader: Reader, ms: number): string {
  return timeFormat(reader, clockStyle).format(ms);
}

export function formatSeconds(reader: Reader, ms: number): string {
  return timeFormat(reader, secondsStyle).format(ms);
}

/** With milliseconds unless they are zero. */
export function formatClock(reader: Reader, ms: number): string {
  const style: TimeStyle = ms % 1000 === 0 ? secondsStyle : { ...secondsStyle, fractionalSecondDigits: 3 };
  return timeFormat(reader, style).format(ms);
}

/** `UTC+01:00`, the local offset at that moment. */
export function formatOffset(reader: Reader, ms: number): string {
  const parts = timeFormat({ ...reader, locale: 'en-US' }, { timeZoneName: 'longOffset' }).formatToParts(ms);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? 'UTC+00:00' : name.replace('GMT', 'UTC');
}

/** Date, time and offset: a moment without doubt. */
export function formatMoment(reader: Reader, ms: number): string {
  return `${formatDate(reader, ms)}, ${formatClock(reader, ms)} ${formatOffset(reader, ms)}`;
}

/** A moment among others of the same days: the day is left out where it is `nearMs`'s. */
export function formatNear(reader: Reader, ms: number, nearMs: number): string {
  const clock = formatMinutes(reader, ms);
  return formatDay(reader, ms) === formatDay(reader, nearMs) ? clock : `${formatDay(reader, ms)} ${clock}`;
}

/** A label of the axis: the day where one begins, seconds only where ticks are closer than a minute. */
export function formatTick(reader: Reader, ms: number, tickStepMs: number): string {
  if (isDayStart(reader, ms)) return formatDay(reader, ms);
  return tickStepMs < minuteMs ? formatSeconds(reader, ms) : formatMinutes(reader, ms);
}

/** Whether the local clock shows midnight. */
export function isDayStart(reader: Reader, ms: number): boolean {
  return formatSeconds({ ...reader, locale: 'en-GB' }, ms) === '00:00:00';
}

export function formatCount(reader: Reader, count: number): string {
  return numberFormat(reader).format(count);
}

/** Four characters or so: `12K`. */
export function formatShortCount(reader: Reader, count: number): string {
  const options = { notation: 'compact', maximumFractionDigits: 1 } as const;
  return numberFormat(reader, options).format(count);
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function formatBytes(reader: Reader, bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return numberFormat(reader, {
    style: 'unit',
    unit: byteUnits[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}

const durationUnits = [
  ['d', dayMs],
  ['h', hourMs],
  ['min', minuteMs],
  ['s', secondMs],
] as const;

/** Its two largest units, `3 h 20 min`; below ten seconds with a tenth. */
export function formatDuration(reader: Reader, ms: number): string {
  const number = numberFormat(reader, { maximumFractionDigits: 1 });
  const unit = (value: number, name: string): string => `${number.format(value)}\u00a0${name}`;
  if (ms < 10 * secondMs) return unit(Math.max(0, ms) / secondMs, 's');
  let rest = Math.round(ms / secondMs) * secondMs;
  const parts: string[] = [];
  for (const [name, length] of durationUnits) {
    const value = Math.floor(rest / length);
    if (parts.length === 1 && value === 0) break;
    if (value > 0) parts.push(unit(value, name));
    if (parts.length === 2) break;
    rest -= value * length;
  }
  return parts.join(' ');
}
