import { databaseOf } from '../core/catalogueCommand';
import { formatNamespace, type Namespace, parseNamespace } from '../core/namespace';
import { exchangeName, exchangeOf } from '../core/rewindNames';
import { quote, say } from '../core/say';
import { BackupError } from './errors';
import { freeName } from './freeName';
import type { LiveCollection, LiveRename } from './portsLive';
import { takeBackRename } from './takeBackRename';
import type { Undoing } from './undoing';
import type { ExchangePart, RenamePart } from './undoPart';
import { unstoppable } from './unstoppable';

/** A collection and what it is called now. */
interface Place {
  readonly rename: RenamePart;
  readonly now: string;
}

/**
 * Gives collections that have each other's names theirs back in one command, in which one of them has a passing name.
 * What was cut short is finished, and where others renamed or replaced one of them, each is renamed that can be.
 */
export async function takeBackExchange(undoing: Undoing, { renames }: ExchangePart): Promise<void> {
  const database = databaseOf(renames[0]?.to ?? '');
  const live = await undoing.collectionsThen().list(database, undoing.signal);
  const places = placesOf(renames, live);
  const isWhole = places.length === renames.length && places.every(({ now, rename }) => now === rename.from);
  if (!isWhole || hasOthers(renames, live)) return oneByOne(undoing, renames);
  if (undoing.settings.dryRun) {
    for (const { from, to } of renames) undoing.tell(say`${from} would be called ${to} again`);
    return;
  }
  undoing.signal.throwIfAborted();
  const steps = stepsOf(places, (name) =>
    freeName((stamp) => exchangeName(name, stamp), undoing.settings.stamp, live),
  );
  await undoing.ports.collections.rename(steps).catch((error: unknown) => mend(undoing, renames, error));
  await holdToThem(undoing, renames, steps);
  const there = placesOf(renames, await undoing.ports.collections.list(database, unstoppable));
  const done = there.filter((place) => !isLeft(place)).map(({ rename }) => rename);
  for (const { from, to } of done) undoing.tell(say`${from} is called ${to} again`);
  await oneByOne(undoing, renames);
}

function placesOf(renames: readonly RenamePart[], live: readonly LiveCollection[]): Place[] {
  return renames.flatMap((rename) => {
    const own = live.find(({ uuid }) => uuid === rename.uuid);
    return own ? [{ rename, now: `${databaseOf(rename.to)}.${own.name}` }] : [];
  });
}

function isLeft({ now, rename }: Place): boolean {
  return now !== rename.to;
}

/** Whether other collections have some of the names. */
function hasOthers(renames: readonly RenamePart[], live: readonly LiveCollection[]): boolean {
  const names = new Set(renames.map(({ to }) => to));
  const uuids = new Set<string | undefined>(renames.map(({ uuid }) => uuid));
  const database = databaseOf(renames[0]?.to ?? '');
  return live.some(({ name, uuid }) => names.has(`${database}.${name}`) && !uuids.has(uuid));
}

/** In an order in which each name is given up before it is taken; one steps aside where none is free. */
function stepsOf(places: readonly Place[], passing: (collection: string) => string): LiveRename[] {
  const left = new Map(places.map(({ now, rename }) => [now, rename]));
  const steps: LiveRename[] = [];
  while (left.size > 0) {
    const waiting = [...left];
    const next = waiting.find(([, { to }]) => !left.has(to)) ?? waiting[0];
    if (!next) break;
    const [now, rename] = next;
    const from = named(now);
    const isBlocked = left.has(rename.to);
    const to = isBlocked ? { ...from, collection: passing(from.collection) } : named(rename.to);
    steps.push({ kind: 'rename', from, to });
    left.delete(now);
    if (isBlocked) left.set(formatNamespace(to), rename);
  }
  return steps;
}

function named(ns: string): Namespace {
  return parseNamespace(ns) as Namespace;
}

/** Goes on with what the server cut short, or back where only the first step was done; throws where nothing is left of it. */
async function mend(undoing: Undoing, renames: readonly RenamePart[], cause: unknown): Promise<void> {
  const { collections } = undoing.ports;
  const database = databaseOf(renames[0]?.to ?? '');
  const live = await collections.list(database, unstoppable).catch(() => {
    throw cause;
  });
  const places = placesOf(renames, live);
  const passing = places.find(({ now }) => exchangeOf(now) !== undefined);
  const left = places.filter(isLeft);
  if (!passing) {
    if (left.length === 0) return;
    throw cause;
  }
  const isBegun = left.length < places.length;
  const { now, rename } = passing;
  const back: LiveRename = { kind: 'rename', from: named(now), to: named(rename.from) };
  try {
    for (const step of isBegun ? stepsOf(left, String) : [back]) await collections.rename([step]);
  } catch {
    throw isCalled(rename.to, now, cause);
  }
  if (!isBegun) throw cause;
}

function isCalled(ns: string, passing: string, cause: unknown): BackupError {
  const why = quote(cause instanceof Error ? cause.message : String(cause));
  return new BackupError('serverFailed', say`${why}; what was ${ns} is called ${passing} now`, {
    hint: say`Undo it once more: that does the rest.`,
    cause,
  });
}

/** Turns back where a collection of others got one of the names, which had another one until the last moment. */
async function holdToThem(
  undoing: Undoing,
  renames: readonly RenamePart[],
  steps: readonly LiveRename[],
): Promise<void> {
  const { collections } = undoing.ports;
  const live = await collections.list(databaseOf(renames[0]?.to ?? ''), unstoppable);
  if (!hasOthers(renames, live)) return;
  await collections.rename(
    steps.toReversed().map(({ from, to }) => ({ kind: 'rename', from: to, to: from })),
  );
}

/** A name that another of them gives up is taken after that. */
async function oneByOne(undoing: Undoing, renames: readonly RenamePart[]): Promise<void> {
  const left = new Set(renames);
  while (left.size > 0) {
    const live = await undoing.collectionsThen().list(databaseOf(renames[0]?.to ?? ''), undoing.signal);
    const held = new Set(placesOf([...left], live).map(({ now }) => now));
    const next = [...left].find(({ to }) => !held.has(to)) ?? [...left][0];
    if (!next) break;
    left.delete(next);
    await takeBackRename(undoing, next);
  }
}
