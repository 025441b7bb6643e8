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
  /** A MongoDB query in extended JSON; only what matches is in it. */
  readonly filter?: string;
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

/** What a past document's path shows to people: ignored when read back. */
export interface PastLabel {
  /** The connection's name. */
  readonly connection: string;
  /** In local time. */
  readonly time: string;
}

/** The path is for people; which connection and moment it is about is in the query, as is the page. */
export function pastPathOf(past: PastDocument, label: PastLabel): { path: string; query: string } {
  const { database, collection } = past.namespace;
  const title = label.time.replaceAll(/[\\/:]/g, '.');
  const { page, filter } = past;
  const file = `${encodeURIComponent(collection)}${filter === undefined ? '' : ' {…}'} @ ${title}.json`;
  return {
    path: `${folderOf(label)}/${encodeURIComponent(database)}/${file}`,
    query: queryOf(past, {
      ...(page === 0 ? {} : { page: String(page) }),
      ...(filter === undefined ? {} : { filter }),
    }),
  };
}

/** The file is named after the `_id` for people; what is read back is the query. */
export function versionPathOf(past: PastVersion, label: PastLabel): { path: string; query: string } {
  const { database, collection } = past.namespace;
  const name = idLabel(past.id).replaceAll(/[^\p{L}\p{N}_-]+/gu, '.');
  return {
    path: `${folderOf(label)}/${encodeURIComponent(database)}/${encodeURIComponent(collection)}/${name}.json`,
    query: queryOf(past, { id: past.id }),
  };
}

function folderOf({ connection, time }: PastLabel): string {
  return [connection, time].map((part) => `/${part.replaceAll(/[\\/]/g, '.')}`).join('');
}

function queryOf(
  { connection, at }: { readonly connection: string; readonly at: string },
  more: Readonly<Record<string, string>>,
): string {
  return new URLSearchParams({ connection, at, ...more }).toString();
}

/** `undefined` for what is no past path, such as the `.vscode` folder that editors look for. */
export function readPastPath(path: string, query: string): PastPath | undefined {
  const [first, moment, database, file, one, ...rest] = path.split('/').filter((part) => part !== '');
  if (first === undefined) return { kind: 'root' };
  const said = new URLSearchParams(query);
  const connection = said.get('connection');
  if (connection === null || rest.length > 0) return undefined;
  if (moment === undefined) return { kind: 'connection', connection };
  const at = said.get('at');
  if (at === null || parseClusterTime(at) === undefined) return undefined;
  if (database === undefined) return { kind: 'moment', connection, at };
  const databaseName = decode(database);
  if (databaseName === undefined) return undefined;
  if (file === undefined) return { kind: 'database', connection, at, database: databaseName };
  if (one !== undefined) return readVersion({ connection, at }, databaseName, file, one, said.get('id'));
  const name = /^(.+?)(?: \{…\})?(?: @ [^@]*)?\.json$/.exec(file)?.[1];
  const collection = name === undefined ? undefined : decode(name);
  const page = pageOf(said.get('page'));
  const filter = said.get('filter');
  if (collection === undefined || page === undefined) return undefined;
  return {
    kind: 'document',
    document: {
      ...{ connection, at, namespace: { database: databaseName, collection }, page },
      ...(filter === null ? {} : { filter }),
    },
  };
}

function readVersion(
  moment: { readonly connection: string; readonly at: string },
  database: string,
  file: string,
  name: string,
  id: string | null,
): PastPath | undefined {
  const collection = decode(file);
  if (!name.endsWith('.json') || collection === undefined || id === null || id === '') return undefined;
  return { kind: 'version', version: { ...moment, namespace: { database, collection }, id } };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function pageOf(text: string | null): number | undefined {
  if (text === null) return 0;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
