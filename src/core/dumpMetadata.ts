import { canonicalExtendedJson } from './extendedJson';
import { findElement, readElements, writeDocument } from './rawDocument';
import { documentOf, stringOf } from './rawValue';
import { readExtendedJson } from './readExtendedJson';

/** What mongodump's `.metadata.json` says of a collection. */
export interface DumpMetadata {
  readonly type: 'collection' | 'view' | 'timeseries';
  /** Absent in files of old tools: the file is named for it then. */
  readonly collectionName: string | undefined;
  /** 32 hex digits; none for views. */
  readonly uuid: string | undefined;
  readonly options: Uint8Array;
  readonly indexes: readonly Uint8Array[];
}

export function writeDumpMetadata(metadata: DumpMetadata): string {
  const { type, collectionName = '', uuid, options, indexes } = metadata;
  const id = uuid === undefined ? '' : `"uuid":"${uuid}",`;
  const specs = indexes.map(canonicalExtendedJson).join(',');
  const name = JSON.stringify(collectionName);
  return `{"options":${canonicalExtendedJson(options)},"indexes":[${specs}],${id}"collectionName":${name},"type":"${type}"}`;
}

/** Reads files of any version of the tools. Throws SyntaxError. */
export function readDumpMetadata(text: string): DumpMetadata {
  const document = readExtendedJson(text);
  const options = withoutTypeWords(documentOf(findElement(document, 'options')) ?? writeDocument([]));
  const indexes = findElement(document, 'indexes');
  const uuid = stringOf(findElement(document, 'uuid'));
  return {
    type: typeOf(stringOf(findElement(document, 'type')), options),
    collectionName: stringOf(findElement(document, 'collectionName')),
    uuid: uuid !== undefined && /^[\da-f]{32}$/.test(uuid) ? uuid : undefined,
    options,
    indexes: indexes ? readElements(indexes.value).flatMap((element) => documentOf(element) ?? []) : [],
  };
}

/** Old dumps have the command's own name among the options. */
function withoutTypeWords(options: Uint8Array): Uint8Array {
  return writeDocument(readElements(options).filter((e) => e.name !== 'create' && e.name !== 'uuid'));
}

function typeOf(stated: string | undefined, options: Uint8Array): DumpMetadata['type'] {
  if (stated === 'view' || findElement(options, 'viewOn')) return 'view';
  return stated === 'timeseries' || findElement(options, 'timeseries') ? 'timeseries' : 'collection';
}
