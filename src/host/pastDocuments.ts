import * as vscode from 'vscode';
import { formatNamespace } from '../core/namespace';
import { BackupError } from '../engine/errors';
import type { PastCollection } from '../protocol/job';
import type { Connections } from './connections';
import { failureLine } from './failure';
import { clusterTimeMs, formatClock, formatDay } from './format';
import { pastScheme } from './ids';
import type { Logger } from './logger';
import {
  pastPathOf,
  readPastPath,
  versionPathOf,
  type PastDocument,
  type PastLabel,
  type PastPath,
  type PastVersion,
} from './pastUri';
import { prettyArray, prettyJson } from './prettyJson';
import type { RunsJobs } from './workerClient';

export const pageSize = 1000;
const cacheBytes = 32 * 1024 * 1024;
/** Versions of single documents, by their bytes. */
const versionBytes = 16 * 1024 * 1024;

interface Page {
  readonly bytes: Uint8Array;
  /** Of documents. */
  readonly count: number;
  /** Whether another page follows. */
  readonly more: boolean;
  readonly warnings: readonly string[];
}

type PastPlace = Pick<PastVersion, 'connection' | 'at' | 'namespace'> & Partial<Pick<PastVersion, 'id'>>;

/** Collections as they were, as read-only JSON files. What a URI names never changes, so pages are kept. */
export class PastDocuments implements vscode.FileSystemProvider {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #pages = new Map<string, Promise<Page>>();
  readonly #versions = new Map<string, Uint8Array>();
  #cachedBytes = 0;
  #versionBytes = 0;
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(worker: RunsJobs, connections: Connections, log: Logger) {
    this.#worker = worker;
    this.#connections = connections;
    this.#log = log;
  }

  uri(document: PastDocument): vscode.Uri {
    return vscode.Uri.from({ scheme: pastScheme, ...pastPathOf(document, this.#labelOf(document)) });
  }

  /** One document at one time. What is known of it already, `null` where it was not there, is not read again. */
  version(version: PastVersion, text?: string | null): vscode.Uri {
    if (text !== undefined) this.#keepVersion(version, bytesOf(text));
    return vscode.Uri.from({ scheme: pastScheme, ...versionPathOf(version, this.#labelOf(version)) });
  }

  #labelOf({ connection, at }: { readonly connection: string; readonly at: string }): PastLabel {
    const ms = clusterTimeMs(at);
    return {
      connection: this.#connections.find(connection)?.name ?? connection,
      time: ms === undefined ? at : `${formatDay(ms)} ${formatClock(ms)}`,
    };
  }

  static read(uri: vscode.Uri): PastDocument | undefined {
    if (uri.scheme !== pastScheme) return undefined;
    const past = readPastPath(uri.path, uri.query);
    return past?.kind === 'document' ? past.document : undefined;
  }

  static readVersion(uri: vscode.Uri): PastVersion | undefined {
    if (uri.scheme !== pastScheme) return undefined;
    const past = readPastPath(uri.path, uri.query);
    return past?.kind === 'version' ? past.version : undefined;
  }

  /** What and when a page or a single document is of; of the latter its `_id` too. */
  static placeOf(uri: vscode.Uri): PastPlace | undefined {
    return PastDocuments.readVersion(uri) ?? PastDocuments.read(uri);
  }

  /** The page, from memory where it was read before. */
  async page(document: PastDocument): Promise<Page> {
    const key = JSON.stringify(document);
    const known = this.#pages.get(key);
    if (known) return await known;
    const reading = this.#readPage(document);
    this.#pages.set(key, reading);
    try {
      const page = await reading;
      this.#cachedBytes += page.bytes.length;
      await this.#shrink(key);
      return page;
    } catch (error) {
      this.#pages.delete(key);
      throw error;
    }
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const past = readPastPath(uri.path, uri.query);
    if (!past) throw vscode.FileSystemError.FileNotFound(uri);
    const permissions = vscode.FilePermission.Readonly;
    if (past.kind !== 'document' && past.kind !== 'version')
      return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0, permissions };
    const bytes = await this.#bytesOf(uri, past);
    const ms = clusterTimeMs(past.kind === 'document' ? past.document.at : past.version.at) ?? 0;
    return { type: vscode.FileType.File, ctime: ms, mtime: ms, size: bytes.length, permissions };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const past = readPastPath(uri.path, uri.query);
    if (past?.kind !== 'document' && past?.kind !== 'version') throw vscode.FileSystemError.FileNotFound(uri);
    return await this.#bytesOf(uri, past);
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const past = readPastPath(uri.path, uri.query);
    if (past?.kind !== 'moment' && past?.kind !== 'database') return [];
    const { repository } = this.#connections.get(past.connection);
    const collections = await this.#worker.run('collections', { repository, at: past.at });
    if (past.kind === 'moment')
      return databasesOf(collections).map((name) => [encodeURIComponent(name), vscode.FileType.Directory]);
    const prefix = `${past.database}.`;
    return collections
      .filter((c) => c.ns.startsWith(prefix))
      .map((c) => [`${encodeURIComponent(c.ns.slice(prefix.length))}.json`, vscode.FileType.File]);
  }

  watch(): vscode.Disposable {
    return { dispose: () => undefined };
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  async #bytesOf(
    uri: vscode.Uri,
    past: Extract<PastPath, { kind: 'document' | 'version' }>,
  ): Promise<Uint8Array> {
    try {
      if (past.kind === 'version') return await this.#readVersion(past.version);
      return (await this.page(past.document)).bytes;
    } catch (error) {
      this.#log.warn('past document not read', uri.path, error);
      if (error instanceof BackupError && error.code === 'notFound')
        throw vscode.FileSystemError.FileNotFound(failureLine(error));
      throw vscode.FileSystemError.Unavailable(failureLine(error));
    }
  }

  async #readPage({ connection, at, namespace, page, filter }: PastDocument): Promise<Page> {
    const { repository } = this.#connections.get(connection);
    const { documents, more, warnings } = await this.#worker.run('show', {
      repository,
      at,
      ns: formatNamespace(namespace),
      skip: page * pageSize,
      limit: pageSize,
      ...(filter === undefined ? {} : { filter }),
    });
    const bytes = new TextEncoder().encode(prettyArray(documents));
    return { bytes, count: documents.length, more, warnings };
  }

  /** Empty where the document was not there. */
  async #readVersion(version: PastVersion): Promise<Uint8Array> {
    const known = this.#versions.get(JSON.stringify(version));
    if (known) return known;
    const { connection, at, namespace, id } = version;
    const { repository } = this.#connections.get(connection);
    const ns = formatNamespace(namespace);
    const filter = `{"_id":${id}}`;
    const { documents } = await this.#worker.run('show', { repository, at, ns, filter, limit: 1 });
    const bytes = bytesOf(documents[0] ?? null);
    this.#keepVersion(version, bytes);
    return bytes;
  }

  #keepVersion(version: PastVersion, bytes: Uint8Array): void {
    const key = JSON.stringify(version);
    this.#versionBytes += bytes.length - (this.#versions.get(key)?.length ?? 0);
    this.#versions.delete(key);
    this.#versions.set(key, bytes);
    for (const [oldest, { length }] of this.#versions) {
      if (this.#versionBytes <= versionBytes || oldest === key) return;
      this.#versions.delete(oldest);
      this.#versionBytes -= length;
    }
  }

  /** Forgets the pages read longest ago, never the one just read. */
  async #shrink(keep: string): Promise<void> {
    for (const [key, page] of [...this.#pages]) {
      if (this.#cachedBytes <= cacheBytes) return;
      if (key === keep) continue;
      const read = await Promise.race([page, Promise.resolve(undefined)]).catch(() => undefined);
      if (!read || !this.#pages.delete(key)) continue;
      this.#cachedBytes -= read.bytes.length;
    }
  }
}

function bytesOf(document: string | null): Uint8Array {
  return new TextEncoder().encode(document === null ? '' : prettyJson(document));
}

function databasesOf(collections: readonly PastCollection[]): readonly string[] {
  return [...new Set(collections.map((c) => c.ns.slice(0, c.ns.indexOf('.'))))].sort();
}
