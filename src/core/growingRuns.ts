import { databaseOf } from './catalogueCommand';
import { extendedJsonOf } from './extendedJson';
import type { RawElement } from './rawDocument';
import { findElement } from './rawDocument';
import { formOf, type RunForm, type WriteRun, wallOf } from './runRules';
import type { Operation } from './transactions';

const SAMPLES = 5;
/** Longer `_id`s are not told. */
const SAMPLE_LENGTH = 512;
export const KINDS: Readonly<Record<string, 'insert' | 'update' | 'delete'>> = {
  i: 'insert',
  u: 'update',
  d: 'delete',
};

/** How long after its last write a run may still go on, at most. */
export const GAP_MS: Readonly<Record<RunForm, number>> = {
  many: 5000,
  statement: 2000,
  batches: 0,
  loop: 50,
  transaction: 0,
};
const MANY_GAP_MS = 500;

/** A statement that has gone on for long may pause for longer: servers stall under such a load. */
export function pauseOf({ fromWallMs, toWallMs }: WriteRun): number {
  return Math.min(GAP_MS.many, MANY_GAP_MS + (toWallMs - fromWallMs) / 10);
}

/** A run while it grows. */
export type Run = { -readonly [Key in keyof WriteRun]: WriteRun[Key] };

/** A run of one write. */
export function begin(group: string, operation: Operation): Run {
  const { ts, ns, ui } = operation;
  const ms = wallOf(operation);
  const kind = KINDS[operation.op] ?? 'update';
  const run: Run = {
    ...{ group, kind, ns, uuid: ui, count: 0, deletes: 0 },
    ...{ from: ts, to: ts, fromWallMs: ms, toWallMs: ms, sampleIds: [] },
  };
  extend(run, operation);
  return run;
}

/** Takes the next write in. */
export function extend(run: Run, operation: Operation): void {
  run.to = operation.ts;
  run.toWallMs = wallOf(operation);
  run.count += 1;
  if (operation.op === 'd') run.deletes += 1;
  if (operation.ns !== run.ns) run.ns = commonNamespace(run.ns, operation.ns);
  if (run.sampleIds.length >= SAMPLES) return;
  const id = idOf(operation);
  const text = id && extendedJsonOf(id);
  if (text !== undefined && text.length <= SAMPLE_LENGTH) run.sampleIds = [...run.sampleIds, text];
}

/** Takes the run that follows in. */
export function joinInto(run: Run, next: WriteRun): void {
  run.to = next.to;
  run.toWallMs = next.toWallMs;
  run.count += next.count;
  run.deletes += next.deletes;
  if (next.ns !== run.ns) run.ns = commonNamespace(run.ns, next.ns);
  run.sampleIds = [...run.sampleIds, ...next.sampleIds].slice(0, SAMPLES);
}

/** Runs of stretches that follow each other, as if they had been found in one; what shares a document is two. */
export function joinRuns(runs: Iterable<WriteRun>): WriteRun[] {
  const joined: Run[] = [];
  const last = new Map<string, Run>();
  for (const run of runs) {
    const before = last.get(run.group);
    const isSame =
      formOf(run.group) === 'many' && before?.sampleIds.some((id) => run.sampleIds.includes(id)) === true;
    if (before && !isSame && run.fromWallMs - before.toWallMs <= joinMs(before)) {
      joinInto(before, run);
    } else {
      const own = { ...run };
      joined.push(own);
      last.set(run.group, own);
    }
  }
  return joined;
}

/** A statement has a number of its own: whatever bears it belongs to it. */
function joinMs(run: WriteRun): number {
  const form = formOf(run.group);
  if (form === 'many') return pauseOf(run);
  return form === 'statement' ? Infinity : GAP_MS[form];
}

/** A collection for one; the database for several of it; nothing for more. */
function commonNamespace(a: string, b: string): string {
  return databaseOf(a) === databaseOf(b) ? databaseOf(a) : '';
}

export function idOf({ op, o, o2 }: Operation): RawElement | undefined {
  return findElement(op === 'u' && o2 ? o2 : o, '_id');
}
