import { databaseOf } from './catalogueCommand';
import { equalBytes, findElement, readElements, writeDocument } from './rawDocument';
import { arrayElement, documentElement, documentOf, stringElement, stringOf } from './rawValue';

/** A view as listCollections shows it. */
export interface View {
  readonly kind: 'view' | 'timeseries';
  readonly ns: string;
  /** Collection or view of the same database; the buckets of a time-series collection. */
  readonly viewOn: string;
  readonly options: Uint8Array;
}

const BUCKETS = 'system.buckets.';
const VIEWS = 'system.views';

/** Whether `ns` is the collection that holds the views of its database. */
export function isViewsNamespace(ns: string): boolean {
  return ns.endsWith(`.${VIEWS}`) && ns.length === databaseOf(ns).length + 1 + VIEWS.length;
}

/** Name of the buckets of a time-series collection, and `undefined` of anything else. */
export function timeseriesOfBuckets(ns: string): string | undefined {
  const database = databaseOf(ns);
  const name = ns.slice(database.length + 1);
  return name.startsWith(BUCKETS) ? `${database}.${name.slice(BUCKETS.length)}` : undefined;
}

/** The view that an operation on the views of its database is about; `undefined` for anything else. */
export function viewOfOperation(operation: {
  readonly op: string;
  readonly ns: string;
  readonly o: Uint8Array;
  readonly o2?: Uint8Array | undefined;
}): string | undefined {
  const { op, ns, o, o2 } = operation;
  return op === 'c' || !isViewsNamespace(ns) ? undefined : stringOf(findElement(o2 ?? o, '_id'));
}

/** What people call the collection: the time-series collection for its buckets. */
export function shownNamespace(ns: string): string {
  return timeseriesOfBuckets(ns) ?? ns;
}

/** The namespace of the buckets of the time-series collection `ns`. */
export function bucketsOfTimeseries(ns: string): string {
  const database = databaseOf(ns);
  return `${database}.${BUCKETS}${ns.slice(database.length + 1)}`;
}

/** Whether it is the view of a time-series collection, of which the buckets may be gone already. */
export function isOverBuckets({ ns, viewOn }: View): boolean {
  return `${databaseOf(ns)}.${viewOn}` === bucketsOfTimeseries(ns);
}

/** Reads a document of `system.views`; `bucketsOptions` are those of the collection under a time-series one. */
export function readView(document: Uint8Array, bucketsOptions: Uint8Array | undefined): View | undefined {
  const ns = stringOf(findElement(document, '_id'));
  const viewOn = stringOf(findElement(document, 'viewOn'));
  if (ns === undefined || viewOn === undefined) return undefined;
  if (viewOn.startsWith(BUCKETS) && bucketsOptions) {
    return { kind: 'timeseries', ns, viewOn, options: timeseriesOptions(bucketsOptions) };
  }
  const options = writeDocument(readElements(document).filter((element) => element.name !== '_id'));
  return { kind: 'view', ns, viewOn, options };
}

const OF_BUCKETS_ONLY = new Set([
  'validator',
  'validationLevel',
  'validationAction',
  'clusteredIndex',
  'temp',
]);

function timeseriesOptions(buckets: Uint8Array): Uint8Array {
  return writeDocument(readElements(buckets).filter((element) => !OF_BUCKETS_ONLY.has(element.name)));
}

/** The document of `system.views` behind a listed view. */
export function viewDocument(ns: string, options: Uint8Array): Uint8Array {
  return writeDocument([stringElement('_id', ns), ...readElements(options)]);
}

/** The document of `system.views` behind a listed time-series collection. */
export function timeseriesDocument(ns: string, options: Uint8Array): Uint8Array {
  const name = ns.slice(databaseOf(ns).length + 1);
  const timeseries = documentOf(findElement(options, 'timeseries')) ?? writeDocument([]);
  const unpack = readElements(timeseries).filter((element) => element.name !== 'granularity');
  const stage = writeDocument([documentElement('$_internalUnpackBucket', writeDocument(unpack))]);
  return writeDocument([
    stringElement('_id', ns),
    stringElement('viewOn', `${BUCKETS}${name}`),
    arrayElement('pipeline', [stage]),
  ]);
}

const DEFINITION = ['viewOn', 'pipeline', 'collation'];

/** Whether two views, by their options, show the same. */
export function isSameView(a: Uint8Array, b: Uint8Array): boolean {
  return DEFINITION.every((name) => isSameElement(a, b, name));
}

/** Whether two time-series collections, by their options, keep their measurements in the same form. */
export function isSameTimeseries(a: Uint8Array, b: Uint8Array): boolean {
  return isSameElement(a, b, 'timeseries') && isSameElement(a, b, 'collation');
}

function isSameElement(a: Uint8Array, b: Uint8Array, name: string): boolean {
  const [one, other] = [findElement(a, name), findElement(b, name)];
  if (!one || !other) return one === other;
  return one.type === other.type && equalBytes(one.value, other.value);
}
