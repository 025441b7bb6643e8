import assert from 'node:assert/strict';
import type { MongoClient } from 'mongodb';
import type { NamespaceFilter } from '../../src/core/namespace';
import { type ClusterTime, formatClusterTime } from '../../src/core/time';
import { type Rewinder, startRewinder } from './rewinder';
import { firstDifference, quietTime, readTruth, type Truth } from './truth';

/** What a deployment held at a time at which nobody wrote. */
export interface Moment {
  readonly at: ClusterTime;
  readonly truth: Truth;
}

export async function lookAt(client: MongoClient): Promise<Moment> {
  return { at: await quietTime(client), truth: await readTruth(client) };
}

/** Drops all databases but those of the server. */
export async function dropAll(client: MongoClient): Promise<void> {
  const { databases } = (await client.db('admin').command({ listDatabases: 1, nameOnly: true })) as {
    databases: { name: string }[];
  };
  for (const { name } of databases) {
    if (!['admin', 'config', 'local'].includes(name)) await client.db(name).dropDatabase();
  }
}

export interface ProofOptions {
  /** Everything by default. */
  readonly scope?: readonly NamespaceFilter[];
  /** With the applier of this process instead of the server's. */
  readonly foldAll?: boolean;
  /** The deployment restored into; the source by default. */
  readonly into?: MongoClient;
}

export const databaseOf = (ns: string): string => ns.slice(0, ns.indexOf('.'));
const restoredName = (database: string): string => `${database}__r`;

/**
 * Restores under other database names, asserts that it is what was there byte for byte, and drops it. Gives the
 * warnings.
 */
export async function proveRestore(
  client: MongoClient,
  rewinder: Rewinder,
  { at, truth }: Moment,
  { scope = [], foldAll = false, into = client }: ProofOptions = {},
): Promise<readonly string[]> {
  const inScope = (ns: string): boolean => {
    const database = databaseOf(ns);
    const name = ns.slice(database.length + 1).replace(/^system\.buckets\./, '');
    return (
      scope.length === 0 || scope.some((f) => f.database === database && (f.collection ?? name) === name)
    );
  };
  const databases = [...new Set([...truth.keys()].filter(inScope).map(databaseOf))];
  if (databases.length === 0) return [];
  const renames = databases.map((from) => ({ from, to: restoredName(from) }));
  const { warnings, operations } = await rewinder.restore({ at, scope, renames, foldAll }, into);
  assert.equal(operations, await rewinder.operations({ at, scope, renames }), 'operations as planned');
  const restored = await readTruth(into, (database) => renames.some(({ to }) => to === database));
  const difference = firstDifference(
    truth,
    restored,
    (ns) => (inScope(ns) ? `${restoredName(databaseOf(ns))}${ns.slice(databaseOf(ns).length)}` : undefined),
    { untoldTrims: warnings.some((warning) => warning.includes('does not log what')) },
  );
  const asked = scope.map((f) => `${f.database}.${f.collection ?? '*'}`).join() || 'everything';
  assert.ok(difference === undefined, `${asked} at ${formatClusterTime(at)}: ${difference ?? ''}`);
  for (const { to } of renames) await into.db(to).dropDatabase();
  return warnings;
}

export interface History {
  /** In the snapshot. */
  readonly before?: () => Promise<unknown>;
  /** In the log, after the snapshot. Each step is looked at. */
  readonly after: readonly (() => Promise<unknown>)[];
  /** Both appliers by default. */
  readonly appliers?: readonly ('server' | 'own')[];
}

/** Lives through a history and proves that every step of it comes back. Gives the warnings of the last restore. */
export async function proveHistory(client: MongoClient, history: History): Promise<readonly string[]> {
  await dropAll(client);
  await history.before?.();
  await using rewinder = await startRewinder(client);
  await rewinder.snapshot();
  const seen: Moment[] = [];
  for (const step of history.after) {
    await step();
    seen.push(await lookAt(client));
  }
  await rewinder.recorded(seen.at(-1)!.at);
  await rewinder.stopRecording();
  let warnings: readonly string[] = [];
  for (const moment of seen) {
    for (const applier of history.appliers ?? ['server', 'own']) {
      warnings = await proveRestore(client, rewinder, moment, { foldAll: applier === 'own' });
    }
  }
  return warnings;
}
