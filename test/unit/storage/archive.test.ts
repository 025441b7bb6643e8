import assert from 'node:assert/strict';
import { Long } from 'bson';
import { crc64, emptyCrc64 } from '../../../src/core/crc64';
import { BackupError } from '../../../src/engine/errors';
import { archiveReader } from '../../../src/storage/archive';
import { bson } from '../core/builders';

const magic = Buffer.from('6de29981', 'hex');
const end = Buffer.from('ffffffff', 'hex');
const documents = Array.from({ length: 9 }, (_, n) => bson({ _id: n, text: 'x'.repeat(n * 3) }));

function header(collection: string, isEnd: boolean, crc = Long.fromNumber(0)): Uint8Array {
  return bson({ db: 'shop', collection, EOF: isEnd, CRC: crc });
}

function checksum(of: readonly Uint8Array[]): Long {
  const { high, low } = crc64(Buffer.concat(of), emptyCrc64);
  return new Long(low | 0, high | 0);
}

/** Two collections whose blocks interleave, and an empty one. */
function anArchive(crc = checksum(documents.slice(0, 6))): Buffer {
  const metadata = (collection: string): Uint8Array =>
    bson({ db: 'shop', collection, metadata: '{"options":{},"indexes":[]}', size: 1, type: '' });
  return Buffer.concat([
    magic,
    bson({ concurrent_collections: 4, version: '0.1', server_version: '6.0.5', tool_version: '100' }),
    ...['a', 'b', 'c'].map(metadata),
    end,
    ...[header('a', false), ...documents.slice(0, 4), end],
    ...[header('b', false), ...documents.slice(6), end],
    ...[header('a', false), ...documents.slice(4, 6), end],
    ...[header('a', true, crc), end],
    ...[header('c', true), end],
    ...[header('b', true, checksum(documents.slice(6))), end],
  ]);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, size = 1_000): Promise<Record<string, string[]>> {
  const signal = new AbortController().signal;
  const reader = archiveReader(pieces(bytes, size), 'dump.archive', 5);
  const { collections, serverVersion } = await reader.describe(signal);
  assert.equal(serverVersion, '6.0.5');
  const found: Record<string, string[]> = Object.fromEntries(collections.map((c) => [c.name, []]));
  const ended: string[] = [];
  for await (const { collection, batch } of reader.pieces(signal)) {
    if (batch) found[collection]?.push(Buffer.from(batch.bytes).toString('hex'));
    else ended.push(collection);
  }
  assert.deepEqual(ended, ['a', 'c', 'b']);
  return found;
}

describe('archiveReader', () => {
  it('gives each collection its documents in order, however the bytes come', async () => {
    for (const size of [1, 7, 100, 100_000]) {
      const found = await read(anArchive(), size);
      const hex = (from: number, to: number): string =>
        Buffer.concat(documents.slice(from, to)).toString('hex');
      assert.equal(found['a']?.join(''), hex(0, 6));
      assert.equal(found['b']?.join(''), hex(6, 9));
      assert.deepEqual(found['c'], []);
    }
  });

  it('refuses one that is cut off anywhere', async () => {
    const whole = anArchive();
    for (let length = 0; length < whole.length; length++) {
      await assert.rejects(
        read(whole.subarray(0, length)),
        (error) => error instanceof BackupError || error instanceof assert.AssertionError,
        `cut at ${length}`,
      );
    }
  });

  it('refuses documents that do not match their checksum', async () => {
    await assert.rejects(read(anArchive(Long.fromNumber(1))), /cut off or damaged/);
  });

  it('refuses what is no archive', async () => {
    await assert.rejects(read(Buffer.from('{"not":"an archive"}')), /no archive of mongodump/);
  });
});
