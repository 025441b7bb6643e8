import { CoreError } from './coreError';
import { BsonType, findElement, firstElement, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import {
  documentElement,
  documentOf,
  int32Element,
  isTrue,
  numberOf,
  stringElement,
  stringOf,
  uuidOf,
} from './rawValue';
import { say } from './say';
import { hexOf } from './text';
import type { ClusterTime } from './time';

/** What the catalogue needs of an operation. */
export interface CatalogueOperation {
  readonly ts: ClusterTime;
  readonly op: string;
  readonly ns: string;
  readonly ui: string | undefined;
  readonly o: Uint8Array;
  readonly o2: Uint8Array | undefined;
}

/** A command of the oplog, read. `harmless` ones change neither data nor what is listed. */
export type CatalogueCommand =
  | {
      readonly kind: 'create';
      readonly ns: string;
      readonly options: Uint8Array;
      /** Absent for clustered collections. */
      readonly idIndex: Uint8Array | undefined;
    }
  | { readonly kind: 'createIndexes'; readonly ns: string; readonly specs: readonly Uint8Array[] }
  /** A build that began, or was given up: it has its place among the indexes from its beginning. */
  | {
      readonly kind: 'startIndexes' | 'abortIndexes';
      readonly ns: string;
      readonly specs: readonly Uint8Array[];
    }
  | { readonly kind: 'dropIndexes'; readonly ns: string; readonly index: IndexChoice }
  | { readonly kind: 'collMod'; readonly ns: string; readonly changes: readonly RawElement[] }
  | { readonly kind: 'drop'; readonly ns: string; readonly documents: number | undefined }
  | { readonly kind: 'dropDatabase'; readonly database: string }
  | {
      readonly kind: 'rename';
      readonly from: string;
      readonly to: string;
      readonly stayTemp: boolean;
      /** UUID of the collection replaced, or whether whatever has that name is. */
      readonly dropTarget: string | boolean;
      /** Documents in the collection replaced. */
      readonly documents: number | undefined;
    }
  | { readonly kind: 'convertToCapped'; readonly ns: string; readonly size: RawElement | undefined }
  | { readonly kind: 'emptyCapped'; readonly ns: string }
  | { readonly kind: 'harmless'; readonly name: string };

/** By name, by key pattern, or all but that of `_id`. */
export type IndexChoice =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'key'; readonly key: Uint8Array }
  | { readonly kind: 'all' };

const HARMLESS = new Set(['dbCheck', 'setMultikeyMetadata', 'dropIdent', 'createIdent']);

/** Reads the command of an oplog entry (`op: "c"`). Throws CoreError with the name of one that it does not know. */
export function readCommand(operation: CatalogueOperation): CatalogueCommand {
  const { o, o2, ts } = operation;
  const command = firstElement(o);
  if (command === undefined) throw new CoreError('unknownEntry', say`An oplog command is empty`, ts);
  const database = databaseOf(operation.ns);
  const ns = `${database}.${stringOf(command) ?? ''}`;
  switch (command.name) {
    case 'create':
      return createOf(ns, o);
    case 'createIndexes':
      return { kind: 'createIndexes', ns, specs: [writeDocument(readElements(o).slice(1))] };
    case 'startIndexBuild':
      return { kind: 'startIndexes', ns, specs: documentsOf(findElement(o, 'indexes')) };
    case 'abortIndexBuild':
      return { kind: 'abortIndexes', ns, specs: documentsOf(findElement(o, 'indexes')) };
    case 'commitIndexBuild':
      return { kind: 'createIndexes', ns, specs: documentsOf(findElement(o, 'indexes')) };
    case 'dropIndexes':
    case 'dropIndex':
    case 'deleteIndexes':
    case 'deleteIndex':
      return { kind: 'dropIndexes', ns, index: indexChoice(findElement(o, 'index'), operation) };
    case 'collMod':
      return { kind: 'collMod', ns, changes: readElements(o).slice(1) };
    case 'drop':
      return { kind: 'drop', ns, documents: recordsOf(o2) };
    case 'dropDatabase':
      return { kind: 'dropDatabase', database };
    case 'renameCollection':
      return renameOf(command, o, o2);
    case 'convertToCapped':
      return { kind: 'convertToCapped', ns, size: findElement(o, 'size') };
    case 'emptycapped':
      return { kind: 'emptyCapped', ns };
    default:
      if (HARMLESS.has(command.name)) return { kind: 'harmless', name: command.name };
      throw new CoreError('unknownEntry', say`Unknown oplog command "${command.name}"`, ts);
  }
}

/** The database of a namespace: what stands before the first dot. */
export function databaseOf(ns: string): string {
  const dot = ns.indexOf('.');
  return dot < 0 ? ns : ns.slice(0, dot);
}

const NOT_OPTIONS = new Set(['create', 'idIndex', 'ns', 'uuid']);

function createOf(ns: string, o: Uint8Array): CatalogueCommand {
  const elements = readElements(o);
  const options = writeDocument(elements.filter((element) => !NOT_OPTIONS.has(element.name)));
  return { kind: 'create', ns, options, idIndex: documentOf(findElement(o, 'idIndex')) ?? impliedIdIndex(o) };
}

/** A create that somebody sent through applyOps names no index for `_id`, and the server builds an old one. */
function impliedIdIndex(o: Uint8Array): Uint8Array | undefined {
  const autoIndexId = findElement(o, 'autoIndexId');
  if (findElement(o, 'clusteredIndex') || (autoIndexId && !isTrue(autoIndexId))) return undefined;
  const key = writeDocument([int32Element('_id', 1)]);
  return writeDocument([int32Element('v', 1), documentElement('key', key), stringElement('name', '_id_')]);
}

function renameOf(command: RawElement, o: Uint8Array, o2: Uint8Array | undefined): CatalogueCommand {
  const dropTarget = findElement(o, 'dropTarget');
  const uuid = uuidOf(dropTarget);
  return {
    kind: 'rename',
    from: stringOf(command) ?? '',
    to: stringOf(findElement(o, 'to')) ?? '',
    stayTemp: isTrue(findElement(o, 'stayTemp')),
    dropTarget: uuid ? hexOf(uuid) : isTrue(dropTarget),
    documents: dropTarget && recordsOf(o2),
  };
}

function indexChoice(index: RawElement | undefined, operation: CatalogueOperation): IndexChoice {
  const key = documentOf(index);
  if (key) return { kind: 'key', key };
  const name = stringOf(index) ?? (operation.o2 && stringOf(findElement(operation.o2, 'name')));
  if (name === undefined)
    throw new CoreError('unknownEntry', say`A dropIndexes names no index`, operation.ts);
  return name === '*' ? { kind: 'all' } : { kind: 'name', name };
}

function documentsOf(array: RawElement | undefined): Uint8Array[] {
  if (array?.type !== BsonType.array) return [];
  return readElements(array.value).flatMap((element) => documentOf(element) ?? []);
}

function recordsOf(o2: Uint8Array | undefined): number | undefined {
  return o2 && numberOf(findElement(o2, 'numRecords'));
}
