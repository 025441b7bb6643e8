/** A `database.collection` name, split at the first dot only. */
export interface Namespace {
  readonly database: string;
  readonly collection: string;
}

/** A database, or one of its collections: what `--ns` names. */
export interface NamespaceFilter {
  readonly database: string;
  readonly collection?: string;
}

export function parseNamespace(text: string): Namespace | undefined {
  const dot = text.indexOf('.');
  if (dot <= 0 || dot === text.length - 1) return undefined;
  return { database: text.slice(0, dot), collection: text.slice(dot + 1) };
}

export function parseNamespaceFilter(text: string): NamespaceFilter | undefined {
  if (text === '') return undefined;
  return text.includes('.') ? parseNamespace(text) : { database: text };
}

export function formatNamespace(namespace: Namespace): string {
  return `${namespace.database}.${namespace.collection}`;
}

/** Whether any filter names the namespace; no filters name everything. */
export function matchesAny(filters: readonly NamespaceFilter[], namespace: Namespace): boolean {
  if (filters.length === 0) return true;
  return filters.some(
    (f) =>
      f.database === namespace.database &&
      (f.collection === undefined || f.collection === namespace.collection),
  );
}
