import { parseClusterTime } from '../core/time';
import type { Namespace } from '../core/namespace';

/** A page of one collection as of one cluster time: all that a past document's URI says. */
export interface PastDocument {
  readonly connection: string;
  /** `SECONDS:ORDINAL`, never a moving time: what the URI names can not change. */
  readonly at: string;
  readonly namespace: Namespace;
  /** From 0. */
  readonly page: number;
}

export type PastPath =
  | { readonly kind: 'root' }
  | { readonly kind: 'connection'; readonly connection: string }
  | { readonly kind: 'moment'; readonly connection: string; readonly at: string }
  | {
      readonly kind: 'database';
      readonly connection: string;
      readonly at: string;
      readonly database: string;
    }
  | { readonly kind: 'document'; readonly document: PastDocument };

/** `title` follows the collection's name for people and is ignored when read back. */
export function pastPathOf(document: PastDocument, title?: string): { path: string; query: string } {
  const { database, collection } = document.namespace;
  const suffix = title === undefined ? '' : ` @ ${title.replaceAll(/[\\/:]/g, '.')}`;
  return {
    path: `/${document.connection}/${document.at}/${encodeURIComponent(database)}/${encodeURIComponent(collection)}${suffix}.json`,
    query: document.page === 0 ? '' : `page=${document.page}`,
  };
}

/** `undefined` for what is no past path, such as the `.vscode` folder that editors look for. */
export function readPastPath(path: string, query: string): PastPath | undefined {
  const [connection, at, database, file, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return undefined;
  if (connection === undefined) return { kind: 'root' };
  if (connection.startsWith('.')) return undefined;
  if (at === undefined) return { kind: 'connection', connection };
  if (parseClusterTime(at) === undefined) return undefined;
  if (database === undefined) return { kind: 'moment', connection, at };
  const databaseName = decode(database);
  if (databaseName === undefined) return undefined;
  if (file === undefined) return { kind: 'database', connection, at, database: databaseName };
  const name = /^(.+?)( @ [^@]*)?\.json$/.exec(file)?.[1];
  const collection = name === undefined ? undefined : decode(name);
  const page = pageOf(query);
  if (collection === undefined || page === undefined) return undefined;
  return {
    kind: 'document',
    document: { connection, at, namespace: { database: databaseName, collection }, page },
  };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function pageOf(query: string): number | undefined {
  if (query === '') return 0;
  const match = /^page=(\d{1,9})$/.exec(query);
  return match ? Number(match[1]) : undefined;
}
