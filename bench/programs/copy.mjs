// Copies a database over and over, with the load guard or without, until it is sent a second line:
//   node copy.mjs URI REPOSITORY DATABASE guarded|unguarded
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { engine } from '../lib/engine.mjs';

const { connect, dumpSource, fileSnapshotStore, inspectSource, openOrCreateRepository, takeSnapshot } =
  engine();
const [uri, repository, database, guard] = process.argv.slice(2);

const client = await connect(uri);
const description = await inspectSource(client);
await openOrCreateRepository(repository, description);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const stop = new AbortController();
process.stdin.once('data', () => stop.abort());
let bytes = 0;
const start = performance.now();
while (!stop.signal.aborted) {
  // Only the copy is measured, so the recording that a snapshot leans on is left out.
  const recording = { lineage: { id: '0001', start: 0n, startedAtMs: 0 }, waitFor: () => Promise.resolve() };
  let copied = 0;
  const options = {
    scope: [{ database, collection: undefined }],
    without: new Set(),
    pinned: true,
    now: Date.now,
    onProgress: (progress) => (copied = progress.bytes),
  };
  const source = dumpSource(client, description, { guarded: guard === 'guarded' });
  await takeSnapshot(source, recording, fileSnapshotStore(repository), options, stop.signal).catch(
    (error) => {
      if (!stop.signal.aborted) throw error;
    },
  );
  bytes += copied;
  await rm(path.join(repository, 'snapshots'), { recursive: true, force: true });
}
const seconds = (performance.now() - start) / 1000;
process.stdout.write(`${JSON.stringify({ copiedMbPerSecond: bytes / 1e6 / seconds })}\n`);
await client.close();
process.exit(0);
