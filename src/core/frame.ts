import { type ClusterTime, clusterTimeFrom } from './time';

/*
 * A frame is a run of raw BSON documents, compressed on its own. In a file each frame is a zstd skippable frame that
 * describes it (the header) and the zstd frame itself, so that `zstd -d` of a file gives plain concatenated BSON.
 */

/** What a frame's header says of it. */
export interface FrameFacts {
  readonly documents: number;
  readonly rawLength: number;
  readonly storedLength: number;
  /** CRC-32 of the stored bytes. */
  readonly checksum: number;
  /** Oplog frames hold the entries in `(after, through]`; both 0 in a snapshot. */
  readonly after: ClusterTime;
  readonly through: ClusterTime;
}

/** Bytes a header takes, with the eight of zstd's skippable frame. */
export const frameHeaderLength = 48;

const magic = 0x184d2a5b;
const payloadLength = frameHeaderLength - 8;

/** The 48 bytes that precede a stored frame. `crc32` is the usual one (IEEE 802.3). */
export function writeFrameHeader(facts: FrameFacts, crc32: (bytes: Uint8Array) => number): Uint8Array {
  const bytes = new Uint8Array(frameHeaderLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, payloadLength, true);
  view.setUint32(8, facts.documents, true);
  view.setUint32(12, facts.rawLength, true);
  view.setUint32(16, facts.storedLength, true);
  view.setUint32(20, facts.checksum, true);
  view.setBigUint64(24, facts.after, true);
  view.setBigUint64(32, facts.through, true);
  view.setUint32(44, crc32(bytes.subarray(8, 44)), true);
  return bytes;
}

/** Reads a header; `undefined` when these bytes are not a whole and undamaged one. */
export function readFrameHeader(
  bytes: Uint8Array,
  crc32: (bytes: Uint8Array) => number,
): FrameFacts | undefined {
  if (bytes.length < frameHeaderLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderLength);
  if (view.getUint32(0, true) !== magic || view.getUint32(4, true) !== payloadLength) return undefined;
  if (view.getUint32(44, true) !== crc32(bytes.subarray(8, 44))) return undefined;
  return {
    documents: view.getUint32(8, true),
    rawLength: view.getUint32(12, true),
    storedLength: view.getUint32(16, true),
    checksum: view.getUint32(20, true),
    after: clusterTimeFrom(view.getBigUint64(24, true)),
    through: clusterTimeFrom(view.getBigUint64(32, true)),
  };
}
