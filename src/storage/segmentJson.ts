import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { WriteRun } from '../core/runRules';
import { say } from '../core/say';
import type { LineageStart, Segment, SegmentIndex } from '../core/segment';
import { cellsFromBytes, cellsToBytes, countsOf } from '../core/segmentCounts';
import { type ClusterTime, formatClusterTime, parseClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';

/** The JSON of a segment's index: cluster times as text, bytes as base64, runs as compressed JSON. */
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
    counts: {
      namespaces: index.counts.namespaces,
      cells: base64(cellsToBytes(index.counts.cells)),
    },
    runs: packRuns(index.runs),
  };
}

type IndexJson = Json<Omit<SegmentIndex, 'counts' | 'runs'>> & {
  readonly counts?: { readonly namespaces: readonly string[]; readonly cells: string };
  readonly runs: string;
};

/** Reads {@link segmentIndexToJson}; the caller has checked the bytes against their checksum. */
export function segmentIndexFromJson(json: unknown): SegmentIndex {
  const { counts, runs: packedRuns, ...index } = json as IndexJson;
  if (!counts) throw new BackupError('damaged', say`an index without counts`);
  let runs: readonly WriteRun[] | undefined;
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
    counts: countsOf(counts.namespaces, cellsFromBytes(bytes(counts.cells))),
    /** Asked for by events alone: they are unpacked when they are. */
    get runs() {
      return (runs ??= unpackRuns(packedRuns));
    },
  };
}

/** There are many, and much alike. */
function packRuns(runs: readonly WriteRun[]): string {
  const json = runs.map((r) => ({ ...r, from: formatClusterTime(r.from), to: formatClusterTime(r.to) }));
  return base64(zstdCompressSync(JSON.stringify(json)));
}

function unpackRuns(packed: string): readonly WriteRun[] {
  const runs = JSON.parse(zstdDecompressSync(bytes(packed)).toString('utf8')) as Json<readonly WriteRun[]>;
  return runs.map((r) => ({ ...r, uuid: r.uuid, from: time(r.from), to: time(r.to) }));
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
