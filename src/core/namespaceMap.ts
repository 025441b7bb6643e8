import { formatNamespace, type Namespace, parseNamespace } from './namespace';
import { encodedLength } from './text';

/** One renaming of a restore: a database, or one collection, to another. */
export interface NamespaceRename {
  readonly from: string;
  readonly to: string;
}

/** Where a namespace goes; a rename of the collection wins over one of its database. */
export function mapNamespace(ns: Namespace, renames: readonly NamespaceRename[]): Namespace {
  const whole = renames.find((r) => r.from === formatNamespace(ns));
  if (whole) {
    return parseNamespace(whole.to) ?? { database: whole.to, collection: ns.collection };
  }
  const buckets = 'system.buckets.';
  if (ns.collection.startsWith(buckets)) {
    const view = mapNamespace({ ...ns, collection: ns.collection.slice(buckets.length) }, renames);
    return { database: view.database, collection: `${buckets}${view.collection}` };
  }
  const database = renames.find((r) => r.from === ns.database);
  return database ? { ...ns, database: database.to } : ns;
}

/** `<database>__at_<yyyymmdd_hhmmss>` within the 63 bytes that a database name may have. */
export function scratchName(database: string, stamp: string): string {
  return shortened(database, `__at_${stamp}`);
}

/** A database name with an ending of plain letters, within 63 bytes. */
export function shortened(database: string, ending: string): string {
  const characters = Array.from(database);
  while (encodedLength(characters.join('')) + ending.length > MAX_BYTES) characters.pop();
  return `${characters.join('')}${ending}`;
}

const MAX_BYTES = 63;
