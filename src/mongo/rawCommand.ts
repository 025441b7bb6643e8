import { BSON, type ClusterTime, type Document } from 'mongodb';
import { arrayElement } from '../core/rawValue';
import { BsonType, readElements } from '../core/rawDocument';
import { DocumentSequence, OpMsgRequest } from 'mongodb/lib/cmap/commands.js';
import { MongoDBResponse } from 'mongodb/lib/cmap/wire_protocol/responses.js';

/*
 * This and replyBuffers.ts alone rely on the driver's internals, so that BSON goes out exactly as it is stored, and what
 * came in can be given back: the driver is pinned to one version, and tests hold these ways to what a server receives and
 * sends.
 */

/**
 * Concatenated BSON documents as the field of a command that is not its first, sent verbatim as an OP_MSG document
 * sequence. At most 48 MB and 100,000 documents a command (limits of the wire protocol).
 */
export function documentSequence(field: string, documents: Uint8Array): unknown {
  const sequence = new DocumentSequence(field);
  sequence.push(undefined, documents);
  return sequence;
}

/** One BSON value, sent verbatim as a top-level field of a command: an array of stored documents, say. */
export class RawValue {
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(type: number, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** A BSON array of these documents, sent verbatim. */
export function rawArray(documents: readonly Uint8Array[]): RawValue {
  return new RawValue(BsonType.array, arrayElement('', documents).value);
}

/** The fields of a stored document as fields of a command, sent verbatim. */
export function rawFields(document: Uint8Array): Record<string, RawValue> {
  return Object.fromEntries(readElements(document).map((e) => [e.name, new RawValue(e.type, e.value)]));
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the request it belongs to, below
const serializeBson = OpMsgRequest.prototype.serializeBson;

OpMsgRequest.prototype.serializeBson = function (document: Document): Uint8Array {
  if (!Object.values(document).some((value) => value instanceof RawValue))
    return serializeBson.call(this, document);
  const parts: Uint8Array[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (value instanceof RawValue) {
      parts.push(Buffer.concat([Uint8Array.of(value.type), Buffer.from(`${name}\0`), value.bytes]));
    } else if (value !== undefined) {
      parts.push(BSON.serialize({ [name]: value as unknown }).subarray(4, -1));
    }
  }
  const length = parts.reduce((sum, part) => sum + part.length, 5);
  const header = Buffer.alloc(4);
  header.writeInt32LE(length);
  return Buffer.concat([header, ...parts, Uint8Array.of(0)]);
};

const clusterTime = Object.getOwnPropertyDescriptor(MongoDBResponse.prototype, '$clusterTime');
if (!clusterTime?.get) throw new Error('this version of the driver is not the one that is known');

/** The driver keeps the signature of the newest cluster time as a view of the whole reply: here it gets its own bytes. */
Object.defineProperty(MongoDBResponse.prototype, '$clusterTime', {
  ...clusterTime,
  get(this: MongoDBResponse) {
    const time = clusterTime.get?.call(this) as ClusterTime | null;
    const hash = time?.signature?.hash;
    if (hash) hash.buffer = Uint8Array.from(hash.buffer);
    return time;
  },
});
