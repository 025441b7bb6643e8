import { indexListingOf, indexName, listedIndex } from '../core/indexSpec';
import { indexSteps } from '../core/indexSteps';
import type { Namespace } from '../core/namespace';
import { equalBytes, findElement, writeDocument } from '../core/rawDocument';
import { documentElement, stringOf } from '../core/rawValue';
import { quote, type Said } from '../core/say';
import { BackupError } from './errors';
import type { LiveIndexes } from './portsLive';
import type { TargetCatalogue } from './ports';

/** What there is to do for indexes to be as before. */
export interface IndexesBack {
  readonly drop: readonly string[];
  readonly create: readonly Uint8Array[];
  /** The names of those that are neither as before nor as the event left them. */
  readonly changed: readonly string[];
}

/**
 * From what the event made of them, `is`, back to what they were, as far as they are still that `now`. One that is not
 * there is built where there was one before.
 */
export function indexesBack(
  was: readonly Uint8Array[],
  is: readonly Uint8Array[],
  now: readonly Uint8Array[],
): IndexesBack {
  const [old, made, live] = [was, is, now].map(byName) as [Named, Named, Named];
  const drop: string[] = [];
  const create: Uint8Array[] = [];
  const changed: string[] = [];
  for (const name of new Set([...made.keys(), ...old.keys()])) {
    const there = live.get(name);
    const before = old.get(name);
    if (isSame(there, before)) continue;
    if (there && !isSame(there, made.get(name))) changed.push(name);
    else {
      if (there) drop.push(name);
      if (before) create.push(before);
    }
  }
  return { drop, create, changed };
}

type Named = ReadonlyMap<string, Uint8Array>;

function byName(specs: readonly Uint8Array[]): Named {
  return new Map(specs.map((spec) => [indexName(spec) ?? '', spec]));
}

/** Whatever the version that listed it. */
function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a && b ? equalBytes(listedIndex(a, 'typed'), listedIndex(b, 'typed')) : a === b;
}

/** Where indexes are put back. */
export interface IndexesOf {
  readonly ns: Namespace;
  /** Of the collection. */
  readonly options: Uint8Array;
  /** Of the server that listed the definitions. */
  readonly serverVersion: string;
}

/** Drops and builds; tells of each that the server refuses to build, since others hold what it needs. */
export async function putIndexesBack(
  { indexes, catalogue }: { readonly indexes: LiveIndexes; readonly catalogue: TargetCatalogue },
  { ns, options, serverVersion }: IndexesOf,
  { drop, create }: IndexesBack,
  onRefused: (reason: Said) => void,
  signal: AbortSignal,
): Promise<void> {
  if (drop.length > 0) await indexes.drop(ns, drop, signal);
  const { built, changes } = indexSteps(create, options, indexListingOf(serverVersion));
  const refused = new Set<string>();
  const build = async (specs: readonly Uint8Array[]): Promise<void> => {
    try {
      await catalogue.createIndexes(ns, specs, signal);
    } catch (error) {
      if (!(error instanceof BackupError && error.code === 'serverFailed')) throw error;
      if (specs.length > 1) {
        for (const spec of specs) await build([spec]);
        return;
      }
      refused.add(specs.map(indexName).join());
      onRefused(quote(error.message));
    }
  };
  if (built.length > 0) await build(built);
  for (const change of changes.filter((c) => !refused.has(stringOf(findElement(c, 'name')) ?? ''))) {
    await catalogue.modify(ns, writeDocument([documentElement('index', change)]), signal);
  }
}
