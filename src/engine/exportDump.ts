import { indexOfBuckets } from '../core/bucketIndex';
import type { DumpMetadata } from '../core/dumpMetadata';
import { findElement, writeDocument } from '../core/rawDocument';
import { documentOf } from '../core/rawValue';
import { type Namespace, parseNamespace } from '../core/namespace';
import { type Said, say } from '../core/say';
import { bucketsOfTimeseries, timeseriesOfBuckets } from '../core/view';
import { documentsAt } from './documentsAt';
import type { DumpWriter, RawBatch, RepositoryReader } from './ports';
import type { PlannedCollection, PlannedView, RestorePlan } from './restorePlan';

export interface Exported {
  readonly collections: number;
  readonly documents: number;
  readonly bytes: number;
  readonly warnings: readonly Said[];
}

/** Writes what a plan says into a dump that mongorestore takes, from the repository alone. */
export async function exportDump(
  plan: RestorePlan,
  repository: RepositoryReader,
  writer: DumpWriter,
  onProgress: (facts: { namespace: string; documents: number; bytes: number }) => void,
  signal: AbortSignal,
): Promise<Exported> {
  const warnings = [...plan.warnings];
  let documents = 0;
  let bytes = 0;
  const timeseries = new Map(plan.views.filter((v) => v.kind === 'timeseries').map((v) => [v.ns, v]));
  for (const collection of plan.collections) {
    const ns = parseNamespace(collection.ns);
    if (!ns) continue;
    signal.throwIfAborted();
    const counted = async function* (): AsyncGenerator<RawBatch, void> {
      for await (const batch of documentsAt(repository, plan, collection, signal)) {
        documents += batch.documents;
        bytes += batch.bytes.length;
        onProgress({ namespace: collection.ns, documents, bytes });
        yield batch;
      }
    };
    await writer.documents(ns, counted());
    if (!timeseries.has(timeseriesOfBuckets(collection.ns) ?? ''))
      await writer.metadata(ns, metadataOf(ns, collection));
  }
  for (const view of plan.views) {
    const ns = parseNamespace(view.ns);
    if (ns) await writer.metadata(ns, viewMetadata(ns, view, plan, warnings));
  }
  await writer.finish(plan.snapshot.serverVersion);
  return { collections: plan.collections.length, documents, bytes, warnings };
}

function metadataOf(ns: Namespace, { uuid, options, indexes }: PlannedCollection): DumpMetadata {
  return { type: 'collection', collectionName: ns.collection, uuid, options, indexes: [...indexes.values()] };
}

function viewMetadata(ns: Namespace, view: PlannedView, plan: RestorePlan, warnings: Said[]): DumpMetadata {
  const { kind, options } = view;
  const facts = { type: kind, collectionName: ns.collection, uuid: undefined, options };
  if (kind === 'view') return { ...facts, indexes: [] };
  const buckets = plan.collections.find((c) => c.ns === bucketsOfTimeseries(view.ns));
  const timeseries = documentOf(findElement(options, 'timeseries')) ?? writeDocument([]);
  const indexes = [...(buckets?.indexes.entries() ?? [])].flatMap(([name, spec]) => {
    const shown = indexOfBuckets(spec, timeseries);
    if (!shown)
      warnings.push(say`the index ${name} of ${view.ns} has no form that a dump can hold: left out`);
    return shown ?? [];
  });
  return { ...facts, indexes };
}
