import type { NamedEvent } from '../core/eventKind';
import { databaseOf } from '../core/catalogueCommand';
import { cappedLimits } from '../core/collectionOptions';
import { formatNamespace, type Namespace, type NamespaceFilter, parseNamespace } from '../core/namespace';
import { indexName } from '../core/indexSpec';
import { isSameTimeseries, isSameView, shownNamespace, timeseriesOfBuckets } from '../core/view';
import { isSameOption, optionsBack } from '../core/optionsBack';
import { type Said, say } from '../core/say';
import type { ClusterTime } from '../core/time';
import { bringBack, type FillPorts, planBringBack } from './bringBack';
import { dropIfEmpty, type DropPorts, freeSafetyName } from './dropIfEmpty';
import type { DocumentChange } from './documentChanges';
import { protectedConnection } from './errors';
import type { LiveChange, LiveCollection, LiveCollections, LiveIndexes, LiveRename } from './portsLive';
import type { RestoreProgress } from './restoring';
import { type Conflict, type UndoneDocument, undoDocuments, type UndoOptions } from './undoDocuments';
import { indexesBack, putIndexesBack } from './undoIndexes';
import type { UndoPart } from './undoPart';
import { planRangeUndo, planUndo } from './undoPlan';

export interface UndoPorts extends FillPorts, DropPorts {
  readonly indexes: LiveIndexes;
}

/** One event, or everything in `(from, to]` on the namespaces. */
export type UndoRequest =
  | { readonly kind: 'event'; readonly event: NamedEvent }
  | {
      readonly kind: 'range';
      readonly from: ClusterTime;
      readonly to: ClusterTime;
      readonly scope: readonly NamespaceFilter[];
    };

export interface UndoSettings {
  readonly dryRun: boolean;
  readonly overwrites: UndoOptions['overwrites'];
  /** Nothing is written on a protected connection. */
  readonly protected: boolean;
  /** Makes the names of passing collections and safety copies. */
  readonly stamp: string;
  /** How many changes the result holds. */
  readonly limit: number;
  readonly onProgress: (facts: RestoreProgress) => void;
}

export interface Undone {
  readonly restored: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly conflicts: readonly Conflict[];
  /** What was, or would be, done to collections, for people. */
  readonly collections: readonly Said[];
  readonly changes: readonly UndoneDocument[];
  readonly more: boolean;
}

/**
 * Takes back what an event did and keeps what was written since: what has changed meanwhile is a conflict and stays.
 * All of it is ordinary writes, so it is recorded and can be taken back in turn; carried out again it does the rest.
 */
export async function undoEvent(
  ports: UndoPorts,
  request: UndoRequest,
  settings: UndoSettings,
  signal: AbortSignal,
): Promise<Undone> {
  if (settings.protected && !settings.dryRun) throw protectedConnection();
  const { repository, content } = ports;
  const parts =
    request.kind === 'event'
      ? await planUndo(repository, content, request.event, signal)
      : await planRangeUndo(repository, content, request, signal);
  const undo = new Undo(ports, settings, signal);
  for (const part of parts) await undo.take(part);
  if (!settings.dryRun) await ports.target.data.settle(signal);
  return undo.result();
}

class Undo {
  readonly #ports: UndoPorts;
  readonly #settings: UndoSettings;
  readonly #signal: AbortSignal;
  readonly #writing: Omit<UndoOptions, 'isCapped'>;
  readonly #conflicts: Conflict[] = [];
  readonly #collections: Said[] = [];
  readonly #changes: UndoneDocument[] = [];
  /** Names that are free by now where something is done, and in a dry run are not. */
  readonly #freed = new Set<string>();
  /** Collections that keep their names, by UUID, though they had others before. */
  readonly #stuck = new Set<string>();
  /** Time-series collections, by the UUID of their buckets, that have another form than those before. */
  readonly #otherForm = new Set<string>();
  #restored = 0;
  #removed = 0;
  #unchanged = 0;

  constructor(ports: UndoPorts, settings: UndoSettings, signal: AbortSignal) {
    this.#ports = ports;
    this.#settings = settings;
    this.#signal = signal;
    this.#writing = {
      dryRun: settings.dryRun,
      overwrites: settings.overwrites,
      onConflict: (conflict) => this.#conflicts.push(conflict),
      onUnchanged: () => (this.#unchanged += 1),
      onDone: (done) => this.#count(done),
    };
  }

  result(): Undone {
    const done = this.#restored + this.#removed;
    return {
      ...{ restored: this.#restored, removed: this.#removed, unchanged: this.#unchanged },
      ...{ conflicts: this.#conflicts, collections: this.#collections, changes: this.#changes },
      more: done > this.#changes.length,
    };
  }

  async take(part: UndoPart): Promise<void> {
    switch (part.kind) {
      case 'rename':
        return this.#rename(part);
      case 'bringBack':
        return this.#bringBack(part.namespaces, part.at);
      case 'documents':
        return this.#documents(part);
      case 'indexes':
        return this.#otherForm.has(part.uuid) ? undefined : this.#indexes(part);
      case 'options':
        return this.#otherForm.has(part.uuid) ? undefined : this.#options(part);
      case 'view':
        return this.#view(part);
    }
  }

  #count(done: UndoneDocument): void {
    if (done.change === 'restore') this.#restored += 1;
    else this.#removed += 1;
    if (this.#changes.length < this.#settings.limit) this.#changes.push(done);
    const documents = this.#restored + this.#removed;
    if (documents % 100 !== 0) return;
    this.#settings.onProgress({ phase: 'replay', namespace: done.ns, documents, total: undefined, bytes: 0 });
  }

  #conflict(ns: string, reason: Said): void {
    this.#conflicts.push({ ns, id: undefined, reason });
  }

  async #documents(part: UndoPart & { kind: 'documents' }): Promise<void> {
    const { uuid, was } = part;
    const found = await this.#find(part.ns, uuid);
    if (!found) {
      this.#conflict(part.ns, say`the collection does not exist any more`);
      return;
    }
    const { ns, live } = found;
    if (was && isBuckets(part.ns) && !isSameTimeseries(was, live.options)) {
      this.#otherForm.add(uuid);
      this.#conflict(shownNamespace(part.ns), say`it has other time-series options now`);
      return;
    }
    await this.#write(ns, live, part.changes());
    if (part.wasCreated && live.uuid === uuid) await this.#dropIfEmpty(ns, uuid);
  }

  async #write(ns: Namespace, live: LiveCollection, changes: AsyncIterable<DocumentChange>): Promise<void> {
    const options = { ...this.#writing, isCapped: cappedLimits(live.options) !== undefined };
    await undoDocuments(this.#ports.documents, ns, changes, options, this.#signal);
  }

  async #dropIfEmpty(ns: Namespace, uuid: string): Promise<void> {
    const name = shownNamespace(formatNamespace(ns));
    const { dryRun, stamp } = this.#settings;
    if (dryRun) {
      this.#collections.push(say`${name} would be dropped if nothing is left in it`);
      this.#freed.add(name);
      return;
    }
    const drop = await dropIfEmpty(this.#ports, { ns, uuid }, stamp, this.#signal);
    if (drop.kind === 'dropped') {
      this.#collections.push(say`${name} was dropped: nothing was left in it`);
    } else if (drop.kind === 'taken') {
      const aside = formatNamespace(drop.aside);
      this.#conflict(name, say`it was written to while it was dropped: ${aside} has what came first`);
    }
  }

  async #bringBack(namespaces: readonly string[], at: ClusterTime): Promise<void> {
    const { dryRun, stamp, onProgress } = this.#settings;
    const ports = { ...this.#ports, collections: this.#collectionsThen() };
    const plan = await planBringBack(ports, namespaces, at, this.#signal);
    if (plan.free.length > 0) {
      const names = plan.free.join(', ');
      this.#collections.push(
        dryRun
          ? say`${names} would come back with options and indexes`
          : say`${names} came back with options and indexes`,
      );
    }
    if (!dryRun && plan.free.length > 0) {
      const { onConflict } = this.#writing;
      const request = { at, stamp, onProgress, onConflict };
      const { documents, warnings } = await bringBack(this.#ports, plan.free, request, this.#signal);
      this.#restored += documents;
      this.#collections.push(...warnings);
    } else {
      this.#collections.push(...plan.warnings);
    }
    for (const { ns, documents } of dryRun ? plan.freeDocuments : []) {
      for await (const { id } of documents()) this.#count({ ns, id, change: 'restore', fields: [] });
    }
    for (const { ns, documents, holder, refusal } of plan.taken) {
      const namespace = parseNamespace(ns);
      if (!namespace) continue;
      const isStuck = holder.uuid !== undefined && this.#stuck.has(holder.uuid);
      const why = isStuck ? say`another collection has the name, which could not be renamed back` : refusal;
      if (why !== undefined) {
        this.#conflict(shownNamespace(ns), why);
        continue;
      }
      this.#collections.push(say`${shownNamespace(ns)} exists again: it keeps its options and indexes`);
      await this.#write(namespace, holder, documents());
    }
  }

  /** What has the name by now. */
  async #holder(ns: string): Promise<LiveCollection | undefined> {
    const database = databaseOf(ns);
    const live = await this.#collectionsThen().list(database, this.#signal);
    return live.find(({ name }) => `${database}.${name}` === ns);
  }

  /** As they would be by now. */
  #collectionsThen(): LiveCollections {
    const { collections } = this.#ports;
    const isThere = (database: string, { name }: LiveCollection): boolean =>
      !this.#freed.has(`${database}.${name}`);
    return {
      ...collections,
      list: async (database, signal) =>
        (await collections.list(database, signal)).filter((c) => isThere(database, c)),
    };
  }

  async #rename({ uuid, from, to, aside }: UndoPart & { kind: 'rename' }): Promise<void> {
    const collections = this.#collectionsThen();
    const [source, target] = [parseNamespace(from), parseNamespace(to)];
    if (!source || !target) return;
    const live = await collections.list(source.database, this.#signal);
    const there =
      target.database === source.database ? live : await collections.list(target.database, this.#signal);
    const own = live.find((c) => c.uuid === uuid);
    if (own?.name === target.collection) return;
    this.#stuck.add(uuid);
    if (own?.name !== source.collection) {
      this.#conflict(
        to,
        own ? say`it was renamed since, to ${own.name}` : say`the collection does not exist any more`,
      );
      return;
    }
    const holder = there.find((c) => c.name === target.collection);
    if (holder && holder.uuid !== aside) {
      this.#conflict(to, say`another collection has the name`);
      return;
    }
    const renames: LiveRename[] = [{ kind: 'rename', from: source, to: target }];
    const copy = { ...target, collection: freeSafetyName(target.collection, this.#settings.stamp, there) };
    if (holder) renames.unshift({ kind: 'rename', from: target, to: copy });
    const kept = holder ? say`, and what it was until now is kept as ${formatNamespace(copy)}` : '';
    if (this.#settings.dryRun) {
      this.#collections.push(say`${from} would be called ${to} again${kept}`);
      this.#freed.add(from);
      this.#stuck.delete(uuid);
      return;
    }
    this.#signal.throwIfAborted();
    await collections.rename(renames);
    this.#stuck.delete(uuid);
    this.#collections.push(say`${from} is called ${to} again${kept}`);
  }

  /** Indexes that were made anew since, otherwise than before, stay as they are. */
  async #indexes({ ns: name, uuid, was, is }: UndoPart & { kind: 'indexes' }): Promise<void> {
    const { indexes, target, content } = this.#ports;
    const found = await this.#find(name, uuid);
    if (!found) {
      this.#conflict(name, say`the collection does not exist any more`);
      return;
    }
    const { ns, live } = found;
    const back = indexesBack(was, is, await indexes.list(ns, this.#signal));
    if (back.changed.length > 0) {
      this.#conflict(name, say`its indexes ${back.changed.join(', ')} changed since`);
    }
    const { dryRun } = this.#settings;
    const [dropped, built] = [back.drop.join(', '), back.create.map(indexName).join(', ')];
    if (dropped !== '') {
      this.#collections.push(
        dryRun
          ? say`the indexes ${dropped} of ${name} would be dropped`
          : say`the indexes ${dropped} of ${name} were dropped`,
      );
    }
    const refusals: Said[] = [];
    if (!dryRun) {
      const serverVersion = content.snapshots.at(-1)?.serverVersion ?? '';
      const of = { ns, options: live.options, serverVersion };
      const ports = { indexes, catalogue: target.catalogue };
      await putIndexesBack(ports, of, back, (reason) => refusals.push(reason), this.#signal);
      for (const reason of refusals) this.#conflict(name, reason);
    }
    if (built !== '' && refusals.length === 0) {
      this.#collections.push(
        dryRun
          ? say`the indexes ${built} of ${name} would be built again`
          : say`the indexes ${built} of ${name} were built again`,
      );
    }
  }

  /** Options that were changed once more since stay as they are. */
  async #options({ ns, uuid, was, is }: UndoPart & { kind: 'options' }): Promise<void> {
    const { names, fields, impossible } = optionsBack(was, is);
    const database = databaseOf(ns);
    const live = (await this.#ports.collections.list(database, this.#signal)).find((c) => c.uuid === uuid);
    if (!live) {
      this.#conflict(ns, say`the collection does not exist any more`);
      return;
    }
    if (impossible.length > 0) {
      this.#conflict(ns, say`it keeps ${impossible.join(', ')}: restore it beside, or run collMod yourself`);
    }
    if (names.every((name) => isSameOption(live.options, was, name))) return;
    if (!names.every((name) => isSameOption(live.options, is, name))) {
      this.#conflict(ns, say`${names.join(', ')} of it changed since`);
      return;
    }
    const { dryRun } = this.#settings;
    this.#collections.push(
      dryRun
        ? say`${names.join(', ')} of ${ns} would be as before`
        : say`${names.join(', ')} of ${ns} are as before`,
    );
    if (dryRun) return;
    const full = `${database}.${live.name}`;
    const name = parseNamespace(timeseriesOfBuckets(full) ?? full);
    if (name) await this.#ports.target.catalogue.modify(name, fields, this.#signal);
  }

  /** A view that was made, defined or dropped once more since stays as it is. */
  async #view({ ns: name, was, is }: UndoPart & { kind: 'view' }): Promise<void> {
    const ns = parseNamespace(name);
    if (!ns) return;
    const holder = await this.#holder(name);
    if (isDefinedAs(holder, was)) return;
    if (!isDefinedAs(holder, is)) {
      this.#conflict(name, reasonOfHolder(holder, is));
      return;
    }
    const { dryRun } = this.#settings;
    this.#collections.push(viewSaid(name, was, is, dryRun));
    if (dryRun) {
      if (was === undefined) this.#freed.add(name);
      return;
    }
    const changes: LiveChange[] = [];
    if (is) changes.push({ kind: 'dropView', ns, options: is });
    if (was) changes.push({ kind: 'createView', ns, options: was });
    await this.#ports.collections.rename(changes);
  }

  /** The collection, whatever it is called now; where it is gone, an ordinary one that has its name. */
  async #find(
    ns: string,
    uuid: string,
  ): Promise<{ readonly ns: Namespace; readonly live: LiveCollection } | undefined> {
    const database = databaseOf(ns);
    const all = await this.#ports.collections.list(database, this.#signal);
    const isNamed = ({ name, type }: LiveCollection): boolean =>
      `${database}.${name}` === ns && type === 'collection' && !isBuckets(ns);
    const live = all.find((c) => c.uuid === uuid) ?? all.find(isNamed);
    return live && { ns: { database, collection: live.name }, live };
  }
}

function isBuckets(ns: string): boolean {
  return timeseriesOfBuckets(ns) !== undefined;
}

function isDefinedAs(holder: LiveCollection | undefined, options: Uint8Array | undefined): boolean {
  if (!holder || !options) return !holder && !options;
  return holder.type === 'view' && isSameView(holder.options, options);
}

function reasonOfHolder(holder: LiveCollection | undefined, expected: Uint8Array | undefined): Said {
  if (holder && holder.type !== 'view') return say`another collection has the name`;
  return expected ? say`the view changed since` : say`it exists again`;
}

function viewSaid(
  name: string,
  was: Uint8Array | undefined,
  is: Uint8Array | undefined,
  dryRun: boolean,
): Said {
  if (!was) return dryRun ? say`the view ${name} would be dropped` : say`the view ${name} was dropped`;
  if (!is) return dryRun ? say`the view ${name} would come back` : say`the view ${name} came back`;
  return dryRun
    ? say`the view ${name} would be defined as before`
    : say`the view ${name} is defined as before`;
}
