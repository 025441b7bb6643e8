import { parseClusterTime, secondsOf } from '../../src/core/time';
import { dayMs, hourMs, minuteMs, secondMs } from './scale';

/** A moment as typed: what to ask the host for, and where it lies on the axis. */
export interface TypedMoment {
  readonly at: string;
  readonly ms: number;
}

const date = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](.+))?$/;
const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const ago = /^-\s*(\d+)\s*(s|m|h|d)$/i;
const units: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs };

/**
 * Reads an ISO date and time, with or without an offset (local then); a time of day, of the last day that had it by
 * `nowMs`; `-10m` before `nowMs`; or `SECONDS:ORDINAL`. `undefined` when it is none of these.
 */
export function readTimeInput(text: string, nowMs: number): TypedMoment | undefined {
  const trimmed = text.trim();
  const back = ago.exec(trimmed);
  if (back) {
    const unit = units[(back[2] ?? '').toLowerCase()] ?? NaN;
    return moment(nowMs - Number(back[1]) * unit);
  }
  const day = date.exec(trimmed);
  if (day) return readDateAndTime(day);
  const time = clock.exec(trimmed);
  if (time && Number(time[1]) < 24 && Number(time[2]) < 60 && time[5] === undefined)
    return readTimeOfDay(time, nowMs);
  const clusterTime = parseClusterTime(trimmed);
  return clusterTime === undefined ? undefined : { at: trimmed, ms: secondsOf(clusterTime) * secondMs };
}

/** The same moment as the field shows it: local, with the offset. */
export function writeTimeInput(ms: number): string {
  const local = new Date(ms);
  const offset = -local.getTimezoneOffset();
  const wall = new Date(ms + offset * minuteMs).toISOString();
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
  return `${wall.slice(0, 10)} ${wall.slice(11, ms % 1000 === 0 ? 19 : 23)}${zone}`;
}

function moment(ms: number): TypedMoment | undefined {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? { at: new Date(ms).toISOString(), ms } : undefined;
}

function readDateAndTime(day: RegExpExecArray): TypedMoment | undefined {
  const [, year, month, dayOfMonth, rest] = day;
  const time = clock.exec(rest ?? '00:00');
  if (!time) return undefined;
  const [, hours = '', minutes = '', seconds = '00', fraction = '0', zone = ''] = time;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const iso = `${year}-${month}-${dayOfMonth}T${hours.padStart(2, '0')}:${minutes}:${seconds}.${fraction.padEnd(3, '0')}`;
  const sameDay = new Date(`${year}-${month}-${dayOfMonth}T00:00:00Z`);
  if (sameDay.getUTCDate() !== Number(dayOfMonth)) return undefined;
  return moment(Date.parse(iso + offset));
}

function readTimeOfDay(time: RegExpExecArray, nowMs: number): TypedMoment | undefined {
  const [, hours, minutes, seconds = '0', fraction = '0'] = time;
  const then = new Date(nowMs);
  then.setHours(Number(hours), Number(minutes), Number(seconds), Number(fraction.padEnd(3, '0')));
  if (then.getTime() > nowMs) then.setDate(then.getDate() - 1);
  return moment(then.getTime());
}
