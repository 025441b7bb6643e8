import assert from 'node:assert/strict';
import type { MongoClient, Timestamp } from 'mongodb';
import { readOplogEntry } from '../../src/core/oplogEntry';
import { splitDocuments } from '../../src/core/rawDocument';
import { type ClusterTime, clusterTimeFrom } from '../../src/core/time';
import { unbrokenRuns } from '../../src/core/timeline';
import type { RepositoryContent } from '../../src/engine/ports';
import { fileRepository } from '../../src/storage/fileRepository';

const never = new AbortController().signal;

export function contentOf(folder: string): Promise<RepositoryContent> {
  return fileRepository(folder).content();
}

/** The time through which a repository's newest lineage is recorded. */
export async function recordedThrough(folder: string): Promise<ClusterTime | undefined> {
  return (await contentOf(folder)).lineages.at(-1)?.segments.at(-1)?.through;
}

/** All entries of one lineage, which must be unbroken. */
export async function entriesOf(folder: string, lineage: string): Promise<Uint8Array[]> {
  const reader = fileRepository(folder);
  const { lineages } = await reader.content();
  const found = lineages.find((l) => l.start.id === lineage);
  assert.ok(found, `lineage ${lineage}`);
  assert.equal(unbrokenRuns(found).length, 1, 'the lineage is unbroken');
  const entries: Uint8Array[] = [];
  for (const segment of found.segments) {
    for await (const batch of reader.readSegment(segment, segment.after, segment.through, never)) {
      entries.push(...splitDocuments(batch.bytes));
    }
  }
  return entries;
}

/** Compares a lineage, entry by entry and byte by byte, with the server's oplog; gives how many there are. */
export async function assertLikeOplog(folder: string, lineage: string, client: MongoClient): Promise<number> {
  const recorded = await entriesOf(folder, lineage);
  const [first] = recorded;
  const last = recorded.at(-1);
  assert.ok(first && last);
  const from = readOplogEntry(first).ts;
  const through = readOplogEntry(last).ts;
  const { Timestamp: Time } = await import('mongodb');
  const filter = { ts: { $gte: new Time(from), $lte: new Time(through) } };
  const oplog = client.db('local').collection('oplog.rs').find(filter, { raw: true });
  let next = 0;
  for await (const entry of oplog) {
    const theirs = entry as unknown as Uint8Array;
    const ours = recorded[next++];
    if (!ours || Buffer.compare(theirs, ours) !== 0) {
      const at = ours === undefined ? 'none' : String(readOplogEntry(ours).ts);
      assert.fail(`entry ${next} is ${at}, the server has ${String(readOplogEntry(theirs).ts)}`);
    }
  }
  assert.equal(recorded.length, next, 'nothing was recorded that the server does not have');
  return next;
}

/** The newest entry of the server that a majority has. */
export async function committedTime(client: MongoClient): Promise<ClusterTime> {
  const hello = await client.db('admin').command({ hello: 1 });
  const { majorityOpTime } = hello['lastWrite'] as { majorityOpTime: { ts: Timestamp } };
  return clusterTimeFrom(majorityOpTime.ts.toBigInt());
}
