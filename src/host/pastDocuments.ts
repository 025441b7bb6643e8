import * as vscode from 'vscode';
import { formatNamespace } from '../core/namespace';
import { parseClusterTime, secondsOf } from '../core/time';
import { BackupError } from '../engine/errors';
import type { PastCollection } from '../protocol/job';
import type { Connections } from './connections';
import { failureLine } from './failure';
import { formatDay, formatClock } from './format';
import { pastScheme } from './ids';
import type { Logger } from './logger';
import { pastPathOf, readPastPath, type PastDocument } from './pastUri';
import { prettyArray } from './prettyJson';
import type { RunsJobs } from './workerClient';

export const pageSize = 1000;
const cacheBytes = 32 * 1024 * 1024;

interface Page {
  readonly bytes: Uint8Array;
  /** Whether another page follows. */
  readonly more: boolean;
}

/** Collections as they were, as read-only JSON files. What a URI names never changes, so pages are kept. */
export class PastDocuments implements vscode.FileSystemProvider {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #log: Logger;
  readonly #pages = new Map<string, Promise<Page>>();
  #cachedBytes = 0;
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(worker: RunsJobs, connections: Connections, log: Logger) {
    this.#worker = worker;
    this.#connections = connections;
    this.#log = log;
  }

  static uri(document: PastDocument): vscode.Uri {
    const time = parseClusterTime(document.at);
    const ms = time === undefined ? undefined : secondsOf(time) * 1000;
    const title = ms === undefined ? document.at : `${formatDay(ms)} ${formatClock(ms)}`;
    return vscode.Uri.from({ scheme: pastScheme, ...pastPathOf(document, title) });
  }

  static read(uri: vscode.Uri): PastDocument | undefined {
    if (uri.scheme !== pastScheme) return undefined;
    const past = readPastPath(uri.path, uri.query);
    return past?.kind === 'document' ? past.document : undefined;
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
    if (past.kind !== 'document')
      return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0, permissions };
    const { bytes } = await this.#pageOf(uri, past.document);
    const time = parseClusterTime(past.document.at);
    const ms = time === undefined ? 0 : secondsOf(time) * 1000;
    return { type: vscode.FileType.File, ctime: ms, mtime: ms, size: bytes.length, permissions };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const past = readPastPath(uri.path, uri.query);
    if (past?.kind !== 'document') throw vscode.FileSystemError.FileNotFound(uri);
    return (await this.#pageOf(uri, past.document)).bytes;
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

  async #pageOf(uri: vscode.Uri, document: PastDocument): Promise<Page> {
    try {
      return await this.page(document);
    } catch (error) {
      this.#log.warn('past document not read', uri.path, error);
      if (error instanceof BackupError && error.code === 'notFound')
        throw vscode.FileSystemError.FileNotFound(failureLine(error));
      throw vscode.FileSystemError.Unavailable(failureLine(error));
    }
  }

  async #readPage({ connection, at, namespace, page }: PastDocument): Promise<Page> {
    const { repository } = this.#connections.get(connection);
    const { documents, more } = await this.#worker.run('show', {
      repository,
      at,
      ns: formatNamespace(namespace),
      skip: page * pageSize,
      limit: pageSize,
    });
    return { bytes: new TextEncoder().encode(prettyArray(documents)), more };
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

function databasesOf(collections: readonly PastCollection[]): readonly string[] {
  return [...new Set(collections.map((c) => c.ns.slice(0, c.ns.indexOf('.'))))].sort();
}
