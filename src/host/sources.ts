import * as vscode from 'vscode';
import type { BackupError } from '../engine/errors';
import type { CollectionReport, DatabasesReport } from '../protocol/job';
import type { Connections } from './connections';
import { Disposable } from './disposable';
import { errorOf, type RunsJobs } from './workerClient';
import { Turns } from './turns';

export type Source =
  | {
      readonly kind: 'there';
      readonly databases: readonly string[];
      /** Why it cannot be recorded. */
      readonly problem: BackupError | undefined;
    }
  | { readonly kind: 'failed'; readonly error: unknown };

export type Listing =
  | { readonly kind: 'there'; readonly collections: readonly CollectionReport[] }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A connection whose databases changed, or one database whose collections did. */
export interface SourceChange {
  readonly connection: string;
  readonly database?: string;
}

const oldMs = 30_000;

/**
 * What each server holds now, as last seen: its databases, and the collections of those that were asked for. A failure is
 * kept too, until asked again.
 */
export class Sources extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #known = new Map<string, Source>();
  readonly #listings = new Map<string, Map<string, Listing>>();
  readonly #readMs = new Map<string, number>();
  readonly #reading = new Map<string, Promise<unknown>>();
  /** Each asks over a connection of its own. */
  readonly #turns = new Turns(3);
  readonly #changed = this.register(new vscode.EventEmitter<SourceChange>());
  readonly onDidChange = this.#changed.event;

  constructor(worker: RunsJobs, connections: Connections) {
    super();
    this.#worker = worker;
    this.#connections = connections;
  }

  known(id: string): Source | undefined {
    return this.#known.get(id);
  }

  collections(id: string, database: string): Listing | undefined {
    return this.#listings.get(id)?.get(database);
  }

  /** Reads the databases again, and the collections of those that were read before. */
  async refresh(id: string): Promise<void> {
    await this.#once(id, () => this.#refresh(id));
    const { databases } = shownOf(this.#known.get(id));
    const asked = this.#listingsOf(id);
    for (const database of asked.keys()) if (!databases.includes(database)) asked.delete(database);
    await Promise.all([...asked.keys()].map((database) => this.readCollections(id, database)));
  }

  async readCollections(id: string, database: string): Promise<void> {
    await this.#once(`${id}/${database}`, async () => {
      const listing = await this.#list(id, database);
      const before = this.collections(id, database);
      this.#listingsOf(id).set(database, listing);
      if (isNews(before, listing)) this.#changed.fire({ connection: id, database });
    });
  }

  /** Asks the servers again that were asked before, but not of late. */
  async refreshOld(nowMs: number): Promise<void> {
    const old = [...this.#readMs].filter(([id, ms]) => nowMs - ms > oldMs && this.#connections.find(id));
    await Promise.all(old.map(([id]) => this.refresh(id)));
  }

  forget(id: string): void {
    this.#known.delete(id);
    this.#listings.delete(id);
    this.#readMs.delete(id);
  }

  #listingsOf(id: string): Map<string, Listing> {
    const listings = this.#listings.get(id) ?? new Map<string, Listing>();
    this.#listings.set(id, listings);
    return listings;
  }

  async #refresh(id: string): Promise<void> {
    const source = await this.#read(id);
    const before = this.#known.get(id);
    this.#known.set(id, source);
    this.#readMs.set(id, Date.now());
    if (isNews(before, source)) this.#changed.fire({ connection: id });
  }

  async #once(key: string, read: () => Promise<void>): Promise<void> {
    const reading = this.#reading.get(key) ?? read().finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    await reading;
  }

  async #read(id: string): Promise<Source> {
    try {
      const uri = await this.#connections.uri(id);
      const { databases, problem }: DatabasesReport = await this.#worker.run('databases', { uri });
      return { kind: 'there', databases, problem: problem && errorOf(problem) };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  async #list(id: string, database: string): Promise<Listing> {
    try {
      const uri = await this.#connections.uri(id);
      const listing = this.#turns.take(() => this.#worker.run('namespaces', { uri, database }));
      return { kind: 'there', collections: await listing };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}

function shownOf(source: Source | undefined): { readonly databases: readonly string[] } {
  return source?.kind === 'there' ? source : { databases: [] };
}

function isNews(before: Source | Listing | undefined, now: Source | Listing): boolean {
  return now.kind === 'failed' || JSON.stringify(before) !== JSON.stringify(now);
}
