import { BsonType, writeDocument } from '../core/rawDocument';
import { documentElement, int64Element, stringElement } from '../core/rawValue';
import type { ClusterTime } from '../core/time';
import type { RawBatch } from './ports';

/** A no-op, as a server writes them, that stands for the moment of a dump that has no oplog. */
export function importedEntry(at: ClusterTime, wallMs: number): RawBatch {
  const bytes = writeDocument([
    stringElement('op', 'n'),
    stringElement('ns', ''),
    documentElement('o', writeDocument([stringElement('msg', 'imported from a dump')])),
    { ...int64Element('ts', BigInt.asIntN(64, at)), type: BsonType.timestamp },
    int64Element('t', -1n),
    { ...int64Element('wall', BigInt(wallMs)), type: BsonType.date },
    int64Element('v', 2n),
  ]);
  return { bytes, documents: 1 };
}
