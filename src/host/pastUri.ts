import { parseClusterTime } from '../core/time';
import { idLabel } from '../core/idLabel';
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

/** One document as of one cluster time; it need not have been there. */
export interface PastVersion {
  readonly connection: string;
  readonly at: string;
  readonly namespace: Namespace;
  /** The `_id` in extended JSON. */
  readonly id: string;
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
  | { readonly kind: 'document'; readonly document: PastDocument }
  | { readonly kind: 'version'; readonly version: PastVersion };

/** `title` follows the collection's name for people and is ignored when read back. */
export function pastPathOf(document: PastDocument, title?: string): { path: string; query: string } {
  const { database, collection } = document.namespace;
  const suffix = title === undefined ? '' : ` @ ${title.replaceAll(/[\\/:]/g, '.')}`;
  return {
    path: `/${document.connection}/${document.at}/${encodeURIComponent(database)}/${encodeURIComponent(collection)}${suffix}.json`,
    query: document.page === 0 ? '' : `page=${document.page}`,
  };
}

/** The file is named after the `_id` for people; what is read back is the query. */
export function versionPathOf({ connection, at, namespace, id }: PastVersion): {
  path: string;
  query: string;
} {
  const { database, collection } = namespace;
  const name = idLabel(id).replaceAll(/[^\p{L}\p{N}_-]+/gu, '.');
  return {
    path: `/${connection}/${at}/${encodeURIComponent(database)}/${encodeURIComponent(collection)}/${name}.json`,
    query: `id=${encodeURIComponent(id)}`,
  };
}

/** `undefined` for what is no past path, such as the `.vscode` folder that editors look for. */
export function readPastPath(path: string, query: string): PastPath | undefined {
  const [connection, at, database, file, one, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return undefined;
  if (connection === undefined) return { kind: 'root' };
  if (connection.startsWith('.')) return undefined;
  if (at === undefined) return { kind: 'connection', connection };
  if (parseClusterTime(at) === undefined) return undefined;
  if (database === undefined) return { kind: 'moment', connection, at };
  const databaseName = decode(database);
  if (databaseName === undefined) return undefined;
  if (file === undefined) return { kind: 'database', connection, at, database: databaseName };
  if (one !== undefined) return readVersion(connection, at, databaseName, file, one, query);
  const name = /^(.+?)( @ [^@]*)?\.json$/.exec(file)?.[1];
  const collection = name === undefined ? undefined : decode(name);
  const page = pageOf(query);
  if (collection === undefined || page === undefined) return undefined;
  return {
    kind: 'document',
    document: { connection, at, namespace: { database: databaseName, collection }, page },
  };
}

function readVersion(
  connection: string,
  at: string,
  database: string,
  file: string,
  name: string,
  query: string,
): PastPath | undefined {
  const collection = decode(file);
  const id = decode(/^id=(.+)$/.exec(query)?.[1] ?? '');
  if (!name.endsWith('.json') || collection === undefined || id === undefined || id === '') return undefined;
  return { kind: 'version', version: { connection, at, namespace: { database, collection }, id } };
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
