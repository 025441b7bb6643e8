import { changedPaths } from '../core/documentDiff';
import { canonicalExtendedJson, extendedJsonOf } from '../core/extendedJson';
import { formatClusterTime } from '../core/time';
import { diffCollection } from '../engine/diffCollection';
import type { DocumentChange } from '../engine/documentChanges';
import { resolveTarget } from '../engine/resolveTarget';
import type { ChangeReport, DiffParams, DiffProgress, DiffReport } from '../protocol/job';
import { openReader } from './open';

/** So many changes are remembered while they are counted; of more, a second pass tells. */
const remembered = 5_000;
const batch = 500;

/** Compares one collection at two times. Counts are told first, then, if asked for, every change. */
export async function diff(
  params: DiffParams,
  onProgress: (progress: DiffProgress) => void,
  signal: AbortSignal,
): Promise<DiffReport> {
  const reader = await openReader(params.repository);
  const content = await reader.content();
  const from = await resolveTarget(reader, content, params.from, signal);
  const to = await resolveTarget(reader, content, params.to, signal);
  const { changes, warnings } = await diffCollection(reader, content, { ns: params.ns, from, to }, signal);
  const limit = params.limit ?? 0;
  const keep = Math.max(limit, params.stream === true ? remembered : 0);
  const counts = { added: 0, removed: 0, changed: 0 };
  const kept: ChangeReport[] = [];
  let total = 0;
  for await (const change of changes()) {
    counts[kindOf(change)] += 1;
    total += 1;
    if (kept.length < keep) kept.push(changeReport(change));
  }
  onProgress({ kind: 'counts', ...counts });
  if (params.stream === true) {
    await tell(total <= kept.length ? kept : reports(changes()), onProgress);
  }
  const times = { from: formatClusterTime(from), to: formatClusterTime(to) };
  return { ...counts, ...times, changes: kept.slice(0, limit), more: total > limit, warnings };
}

async function tell(
  changes: Iterable<ChangeReport> | AsyncIterable<ChangeReport>,
  onProgress: (progress: DiffProgress) => void,
): Promise<void> {
  let pending: ChangeReport[] = [];
  for await (const change of changes) {
    pending.push(change);
    if (pending.length < batch) continue;
    onProgress({ kind: 'changes', changes: pending });
    pending = [];
  }
  if (pending.length > 0) onProgress({ kind: 'changes', changes: pending });
}

async function* reports(changes: AsyncIterable<DocumentChange>): AsyncGenerator<ChangeReport, void> {
  for await (const change of changes) yield changeReport(change);
}

function kindOf({ before, after }: DocumentChange): ChangeReport['change'] {
  if (!before) return 'added';
  return after ? 'changed' : 'removed';
}

function changeReport(change: DocumentChange): ChangeReport {
  const { id, before, after } = change;
  return {
    change: kindOf(change),
    _id: extendedJsonOf(id),
    fields: before && after ? changedPaths(before, after) : [],
    ...(before ? { before: canonicalExtendedJson(before) } : {}),
    ...(after ? { after: canonicalExtendedJson(after) } : {}),
  };
}
