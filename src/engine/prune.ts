import { decideRetention, type Retention } from '../core/retention';
import { clusterTime } from '../core/time';
import type { RepositoryContent, RepositoryPruner, UnfinishedSnapshot } from './ports';

export interface PruneRequest {
  readonly keepMs: number;
  readonly maxBytes: number | undefined;
  /** Decide only. */
  readonly dryRun: boolean;
  readonly nowMs: number;
}

export interface Pruned {
  readonly retention: Retention;
  readonly abandoned: readonly UnfinishedSnapshot[];
}

/** A snapshot whose process died is left alone for so long, in case it only looks dead. */
const deadMs = 10 * 60_000;
/** And one whose process cannot be seen from here, or whose number another process has now. */
const silentMs = 24 * 3_600_000;

/**
 * Removes what the policy does not keep. Marks are pins: of several with one name, the newest; automatic
 * ones are none. It may run beside a
 * recorder and beside snapshots that are being taken.
 */
export async function prune(
  content: RepositoryContent,
  pruner: RepositoryPruner,
  request: PruneRequest,
  onProgress: (file: string) => void,
  signal: AbortSignal,
): Promise<Pruned> {
  const unfinished = await pruner.unfinished();
  const abandoned = unfinished.filter(isAbandoned);
  const reserved = unfinished.filter((u) => !abandoned.includes(u)).flatMap((u) => u.needs ?? []);
  const from = clusterTime(Math.max(0, Math.floor((request.nowMs - request.keepMs) / 1000)), 0);
  const asked = content.marks.filter((m) => !m.automatic);
  const pins = [...new Map(asked.map((m) => [m.name, m.at])).values()];
  const facts = { snapshots: content.snapshots, lineages: content.lineages, pins, reserved };
  const retention = decideRetention(facts, { from, maxBytes: request.maxBytes });
  if (request.dryRun) return { retention, abandoned };
  for await (const file of pruner.remove(retention, abandoned)) {
    onProgress(file);
    signal.throwIfAborted();
  }
  return { retention, abandoned };
}

function isAbandoned({ kind, holder, quietMs }: UnfinishedSnapshot): boolean {
  if (kind === 'removing') return true;
  return quietMs > (holder === 'dead' ? deadMs : silentMs);
}
