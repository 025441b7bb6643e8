/** A connection that another tool, or a file of the workspace, names. */
export interface FoundConnection {
  readonly name: string;
  readonly uri: string;
}

export type CompassExport =
  | { readonly kind: 'ok'; readonly connections: readonly FoundConnection[]; readonly encrypted: number }
  | { readonly kind: 'bad' };

/**
 * The connections in a file that MongoDB Compass exported. Those whose secrets a passphrase encrypts are counted and
 * come without a password, as the file gives them.
 */
export function readCompassExport(text: string): CompassExport {
  const root = parse(text);
  const list = Array.isArray(root) ? (root as unknown[]) : field(root, 'connections');
  if (!Array.isArray(list)) return { kind: 'bad' };
  const connections: FoundConnection[] = [];
  let encrypted = 0;
  for (const entry of list as unknown[]) {
    const uri =
      field(field(entry, 'connectionOptions'), 'connectionString') ?? field(entry, 'connectionString');
    if (typeof uri !== 'string') continue;
    const name = field(field(entry, 'favorite'), 'name') ?? field(entry, 'name');
    if (typeof field(entry, 'connectionSecrets') === 'string') encrypted++;
    connections.push({ name: typeof name === 'string' ? name : '', uri });
  }
  return { kind: 'ok', connections, encrypted };
}

/** The setting `mdb.presetConnections`: what is no connection in it is left out. */
export function readPresets(value: unknown): readonly FoundConnection[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((entry) => {
    const uri = field(entry, 'connectionString');
    const name = field(entry, 'name');
    return typeof uri === 'string' ? [{ name: typeof name === 'string' ? name : '', uri }] : [];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // said as "bad" by the caller
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
