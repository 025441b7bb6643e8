import type { Db } from 'mongodb';

export interface StoredState {
  readonly type: string | undefined;
  readonly options: unknown;
  readonly indexes: readonly { readonly name: string }[];
  readonly documents: readonly unknown[];
}

/** Everything that a database stores, by name: of time-series collections their buckets, of views what they show. */
export async function storedState(db: Db): Promise<Record<string, StoredState>> {
  const all: Record<string, StoredState> = {};
  const infos = (await db.listCollections().toArray()) as {
    name: string;
    type?: string;
    options?: unknown;
  }[];
  for (const { name, type, options } of infos) {
    if (name.startsWith('system.') || name === 'pulse') continue;
    const stored = db.collection(type === 'timeseries' ? `system.buckets.${name}` : name);
    const indexes = type === 'view' ? [] : ((await stored.listIndexes().toArray()) as { name: string }[]);
    all[name] = { type, options, indexes, documents: await stored.find().sort({ _id: 1 }).toArray() };
  }
  return all;
}
