import type { LineageStart, Segment, SegmentIndex } from '../core/segment';
import { type ClusterTime, formatClusterTime, parseClusterTime } from '../core/time';

/** The JSON of a segment's index: cluster times as text, bytes as base64. */
export function segmentIndexToJson(index: SegmentIndex): unknown {
  return {
    ...index,
    after: formatClusterTime(index.after),
    through: formatClusterTime(index.through),
    openSince: index.openSince === undefined ? undefined : formatClusterTime(index.openSince),
    frames: index.frames.map((f) => ({
      ...f,
      after: formatClusterTime(f.after),
      through: formatClusterTime(f.through),
    })),
    changes: index.changes.map((c) => ({
      ...c,
      ts: formatClusterTime(c.ts),
      o: base64(c.o),
      o2: c.o2 && base64(c.o2),
    })),
    runs: index.runs.map((r) => ({ ...r, from: formatClusterTime(r.from), to: formatClusterTime(r.to) })),
  };
}

/** Reads {@link segmentIndexToJson}; the caller has checked the bytes against their checksum. */
export function segmentIndexFromJson(json: unknown): SegmentIndex {
  const index = json as Json<SegmentIndex>;
  return {
    ...index,
    after: time(index.after),
    through: time(index.through),
    openSince: index.openSince === undefined ? undefined : time(index.openSince),
    frames: index.frames.map((f) => ({ ...f, after: time(f.after), through: time(f.through) })),
    changes: index.changes.map((c) => ({
      ...c,
      ui: c.ui,
      ts: time(c.ts),
      o: bytes(c.o),
      o2: c.o2 === undefined ? undefined : bytes(c.o2),
    })),
    runs: index.runs.map((r) => ({ ...r, uuid: r.uuid, from: time(r.from), to: time(r.to) })),
  };
}

export function lineageToJson(start: LineageStart): unknown {
  return {
    ...start,
    start: formatClusterTime(start.start),
    gap: start.gap && { ...start.gap, after: formatClusterTime(start.gap.after) },
  };
}

export function lineageFromJson(json: unknown): LineageStart {
  const { start, gap, ...rest } = json as Json<LineageStart>;
  return { ...rest, start: time(start), ...(gap ? { gap: { ...gap, after: time(gap.after) } } : {}) };
}

/** `<after>_<through>`, each ten digits of seconds and ten of ordinal, so that names sort by time. */
export function segmentName({ after, through }: Pick<Segment, 'after' | 'through'>): string {
  return `${nameOf(after)}_${nameOf(through)}`;
}

function nameOf(at: ClusterTime): string {
  const [seconds = '', ordinal = ''] = formatClusterTime(at).split(':');
  return `${seconds.padStart(10, '0')}-${ordinal.padStart(10, '0')}`;
}

/** A type as JSON keeps it: cluster times and bytes are text. */
type Json<T> = T extends ClusterTime | Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

export function time(text: string): ClusterTime {
  const value = parseClusterTime(text);
  if (value === undefined) throw new Error(`not a cluster time: ${text}`);
  return value;
}

export function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64');
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}
