import { EJSON } from 'bson';
import { documentKey } from '../core/documentKey';
import { canonicalExtendedJson } from '../core/extendedJson';
import {
  BsonType,
  findElement,
  firstElement,
  type RawElement,
  readElements,
  writeDocument,
} from '../core/rawDocument';
import { readExtendedJson } from '../core/readExtendedJson';
import { say } from '../core/say';
import { formatClusterTime } from '../core/time';
import { BackupError } from '../engine/errors';
import { countOperations } from '../engine/planOperations';
import { showCollection } from '../engine/showCollection';
import { untoldTrims } from '../engine/untoldTrims';
import type { PastCollection, ShowParams, ShowReport } from '../protocol/job';
import { openPlan, plannedNamespaces } from './planJob';

/** Collections as of a time. */
export async function pastCollections(
  folder: string,
  at: string,
  signal: AbortSignal,
): Promise<PastCollection[]> {
  const { reader, plan } = await openPlan({ repository: folder, at, namespaces: [] }, false, signal);
  return plannedNamespaces(plan, await countOperations(plan, reader, signal)).map(
    ({ ns, type, baseDocuments, operations }) => ({
      ns,
      type,
      baseDocuments,
      operations,
    }),
  );
}

/** A page of a collection as of a time; the filter is a MongoDB query in extended JSON. */
export async function show(params: ShowParams, signal: AbortSignal): Promise<ShowReport> {
  const { reader, plan } = await openPlan({ ...params, namespaces: [params.ns] }, false, signal);
  const collection = plan.collections.find((c) => c.ns === params.ns);
  if (!collection) {
    const view = plan.views.find((v) => v.ns === params.ns);
    const what = !view
      ? say`${params.ns} is not a collection`
      : view.kind === 'view'
        ? say`${params.ns} is a view`
        : say`${params.ns} is a time-series collection`;
    throw new BackupError('badInput', what, {
      hint: view
        ? say`Show ${params.ns.split('.', 1)[0] ?? ''}.${view.viewOn} instead, or restore it to look through it.`
        : say`Use DB.COLLECTION.`,
    });
  }
  const matches = params.filter === undefined ? () => true : await readQuery(params.filter);
  const skip = params.skip ?? 0;
  const limit = params.limit ?? Infinity;
  const documents: string[] = [];
  let seen = 0;
  let more = false;
  for await (const document of showCollection(reader, plan, collection, signal)) {
    const text = canonicalExtendedJson(document);
    if (!matches(text, document)) continue;
    if (seen++ < skip) continue;
    if (documents.length >= limit) {
      more = true;
      break;
    }
    documents.push(text);
  }
  const warnings = untoldTrims([collection], plan.snapshot);
  return { at: formatClusterTime(plan.target), documents, more, warnings };
}

/** An `_id` that is asked for is found as the server finds it: fields in their order, numbers with all their digits. */
async function readQuery(filter: string): Promise<(text: string, document: Uint8Array) => boolean> {
  // Loaded by who filters alone: it takes a while, and most never do.
  const { Query } = await import('mingo');
  try {
    const fields = readElements(readExtendedJson(filter));
    const id = fields.find(isWholeId);
    const rest = canonicalExtendedJson(writeDocument(fields.filter((field) => field !== id)));
    const query = new Query(EJSON.parse(rest) as Record<string, unknown>);
    const key = id && documentKey(id);
    return (text, document) => {
      const own = key === undefined ? undefined : findElement(document, '_id');
      if (key !== undefined && (!own || documentKey(own) !== key)) return false;
      return query.test(EJSON.parse(text) as Record<string, unknown>);
    };
  } catch (error) {
    throw new BackupError(
      'badInput',
      say`the filter is not a MongoDB query: ${error instanceof Error ? error.message : ''}`,
      {
        hint: say`Write it in extended JSON, like {"status":"paid","total":{"$gt":100}}.`,
        cause: error,
      },
    );
  }
}

/** Not one that names operators, nor a pattern. */
function isWholeId({ name, type, value }: RawElement): boolean {
  if (name !== '_id' || type === BsonType.regex) return false;
  return type !== BsonType.document || !firstElement(value)?.name.startsWith('$');
}
