import { formatNamespace, type NamespaceFilter, parseNamespaceFilter } from '../core/namespace';
import { type NamespaceRename, scratchName, shortened } from '../core/namespaceMap';
import { say } from '../core/say';
import { type ClusterTime, formatClusterTime, secondsOf } from '../core/time';
import { timeseriesOfBuckets } from '../core/view';
import { BackupError } from '../engine/errors';
import { type Neighbour, neighboursOf } from '../engine/neighbours';
import { countOperations } from '../engine/planOperations';
import type { RepositoryContent, RepositoryReader } from '../engine/ports';
import { resolveTarget } from '../engine/resolveTarget';
import { planRestore, type RestorePlan } from '../engine/restorePlan';
import type {
  NamespaceMapEntry,
  NeighbourReport,
  PlanParams,
  PlannedNamespace,
  PlanReport,
} from '../protocol/job';
import { openReader } from './open';
import { snapshotReport } from './snapshotJob';

export interface OpenedPlan {
  readonly reader: RepositoryReader;
  readonly content: RepositoryContent;
  readonly plan: RestorePlan;
}

/** Plans from the repository alone. With `scratch`, every database goes beside its origin under a name of its own. */
export async function openPlan(
  params: PlanParams,
  scratch: boolean,
  signal: AbortSignal,
): Promise<OpenedPlan> {
  const scope = params.namespaces.map(readFilter);
  const reader = await openReader(params.repository);
  const content = await reader.content();
  const target = await resolveTarget(reader, content, params.at, signal);
  const request = { target, scope, renames: (params.map ?? []).map(readRename) };
  const plan = await planRestore(reader, content, request, signal);
  if (!scratch) return { reader, content, plan };
  const databases = new Set(
    [...plan.collections, ...plan.views].map((c) => c.ns.slice(0, c.ns.indexOf('.'))),
  );
  const stamp = stampOf(target);
  const taken = new Set(content.previews.filter((p) => !p.dropped).map((p) => p.database));
  const renames = [...databases].map((from) => ({ from, to: freeName(scratchName(from, stamp), taken) }));
  return { reader, content, plan: await planRestore(reader, content, { ...request, renames }, signal) };
}

export async function planReport(params: PlanParams, signal: AbortSignal): Promise<PlanReport> {
  const { reader, content, plan } = await openPlan(
    params,
    params.map === undefined || params.map.length === 0,
    signal,
  );
  const { last, previous, next } = await neighboursOf(
    reader,
    content,
    plan.segments,
    plan.target,
    params.namespaces.map(readFilter),
    signal,
  );
  const operations = await countOperations(plan, reader, signal);
  return {
    target: formatClusterTime(plan.target),
    snapshot: snapshotReport(plan.snapshot),
    segments: plan.segments.length,
    segmentBytes: plan.segments.reduce((sum, s) => sum + s.storedBytes, 0),
    operations: [...operations.values()].reduce((sum, count) => sum + count, 0),
    namespaces: plannedNamespaces(plan, operations),
    warnings: plan.warnings,
    last: neighbour(last),
    previous: neighbour(previous),
    next: neighbour(next),
  };
}

/** As a person sees them: the buckets of a time-series collection under its own name, views without documents. */
export function plannedNamespaces(
  plan: RestorePlan,
  operations: ReadonlyMap<string, number>,
): PlannedNamespace[] {
  const timeseries = new Map(plan.views.filter((v) => v.kind === 'timeseries').map((v) => [v.ns, v]));
  const collections = plan.collections.map((c): PlannedNamespace => {
    const view = timeseries.get(timeseriesOfBuckets(c.ns) ?? '');
    return {
      ns: view?.ns ?? c.ns,
      to: formatNamespace(view?.to ?? c.to),
      type: view ? 'timeseries' : 'collection',
      baseDocuments: c.base?.documents ?? 0,
      operations: operations.get(c.uuid) ?? 0,
    };
  });
  const views = plan.views
    .filter((v) => v.kind === 'view')
    .map((v): PlannedNamespace => ({
      ns: v.ns,
      to: formatNamespace(v.to),
      type: 'view',
      baseDocuments: 0,
      operations: 0,
    }));
  return [...collections, ...views].sort((a, b) => (a.ns < b.ns ? -1 : 1));
}

export function readFilter(text: string): NamespaceFilter {
  const filter = parseNamespaceFilter(text);
  if (filter) return filter;
  throw new BackupError('badInput', say`not a namespace: ${text}`, { hint: say`Use DB or DB.COLLECTION.` });
}

function readRename({ from, to }: NamespaceMapEntry): NamespaceRename {
  const source = readFilter(from);
  const target = readFilter(to);
  if (source.collection !== undefined && target.collection === undefined) {
    throw new BackupError('badInput', say`${from} is a collection, ${to} a database`, {
      hint: say`Map a collection to DB.COLLECTION, or a database to a database.`,
    });
  }
  if (source.collection === undefined && target.collection !== undefined) {
    throw new BackupError('badInput', say`${from} is a database, ${to} a collection`, {
      hint: say`Map a database to a database, or a collection to DB.COLLECTION.`,
    });
  }
  return { from, to };
}

/** `yyyymmdd_hhmmss` of the target in the zone of this machine. */
function stampOf(target: ClusterTime): string {
  const at = new Date(secondsOf(target) * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${String(at.getFullYear())}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${day}_${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = shortened(name, `_${String(n)}`);
  taken.add(free);
  return free;
}

function neighbour(found: Neighbour | undefined): NeighbourReport | undefined {
  return found && { at: formatClusterTime(found.at), wallMs: found.wallMs, op: found.op, ns: found.ns };
}
