import { Binary, Long, Timestamp, serialize } from 'bson';
import type { Document } from 'bson';
import { canonicalExtendedJson } from '../../../src/core/extendedJson';
import { readOplogEntry } from '../../../src/core/oplogEntry';
import type { OplogEntry } from '../../../src/core/oplogEntry';
import { clusterTime } from '../../../src/core/time';
import type { ClusterTime } from '../../../src/core/time';
import type { Operation } from '../../../src/core/transactions';

/** BSON of an object; a Map where keys look like numbers or repeat none must be moved. */
export function bson(document: Document | Map<string, unknown>): Uint8Array {
  return Uint8Array.from(serialize(document, { ignoreUndefined: true }));
}

export function json(document: Uint8Array | undefined): unknown {
  return document && (JSON.parse(canonicalExtendedJson(document)) as unknown);
}

/** The n-th entry of the logs in these tests. */
export function at(ordinal: number): ClusterTime {
  return clusterTime(1000, ordinal);
}

/** A UUID of one repeated digit, as the catalogue writes it. */
export function uuid(digit: string): string {
  return digit.repeat(32);
}

export function uuidBinary(hex: string): Binary {
  return new Binary(
    Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
    4,
  );
}

export interface EntryFields {
  readonly op?: string;
  readonly ns?: string;
  /** 32 hexadecimal digits. */
  readonly ui?: string;
  readonly o: Document | Map<string, unknown>;
  readonly o2?: Document;
  readonly wallMs?: number;
  readonly session?: number;
  readonly txnNumber?: number;
  /** Ordinal of the previous entry of the transaction, 0 for none. */
  readonly previous?: number;
  readonly multiOpType?: number;
}

export function entry(ordinal: number, fields: EntryFields): OplogEntry {
  const {
    op = 'c',
    ns = 'admin.$cmd',
    ui,
    o,
    o2,
    wallMs,
    session,
    txnNumber,
    previous,
    multiOpType,
  } = fields;
  const document = {
    lsid: session === undefined ? undefined : { id: session },
    txnNumber: txnNumber === undefined ? undefined : Long.fromNumber(txnNumber),
    op,
    ns,
    ui: ui && uuidBinary(ui),
    o,
    o2,
    ts: new Timestamp({ t: 1000, i: ordinal }),
    t: Long.fromNumber(1),
    v: Long.fromNumber(2),
    wall: new Date(wallMs ?? 1_000_000 + ordinal),
    prevOpTime:
      previous === undefined
        ? undefined
        : { ts: new Timestamp({ t: previous && 1000, i: previous }), t: Long.fromNumber(1) },
    multiOpType,
  };
  return readOplogEntry(bson(document));
}

/** An operation as the assembler gives it. */
export function operation(ordinal: number, fields: EntryFields): Operation {
  const { ts, wallMs, op, ns, ui, o, o2, fromMigrate, lsid, txnNumber } = entry(ordinal, fields);
  return { ts, wallMs, op, ns, ui, o, o2, fromMigrate, lsid, txnNumber, inTransaction: undefined };
}
