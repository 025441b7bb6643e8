import { MongoClient, type MongoClientOptions } from 'mongodb';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { explain, redact } from './serverErrors';

export type { MongoClient };

/** How every client of this program connects. */
export const clientOptions: MongoClientOptions = {
  appName: 'mongo-rewind',
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  retryWrites: false,
};

/** Connects; every failure is a {@link BackupError} without credentials in it. The caller closes the client. */
export async function connect(uri: string, options: MongoClientOptions = {}): Promise<MongoClient> {
  let client: MongoClient;
  try {
    client = new MongoClient(uri, { ...clientOptionsFor(uri), ...options });
  } catch (error) {
    throw new BackupError(
      'badUri',
      say`the connection string is not valid: ${redact(error instanceof Error ? error.message : String(error))}`,
      {
        hint: say`It looks like mongodb://host:27017/?replicaSet=rs0 or mongodb+srv://cluster.example.com/`,
        cause: error,
      },
    );
  }
  try {
    await client.connect();
    await client.db('admin').command({ ping: 1 });
    return client;
  } catch (error) {
    await client.close().catch(() => undefined);
    throw explain(error, say`cannot connect`);
  }
}

/** {@link clientOptions}; what a connection string says of its patience counts. */
export function clientOptionsFor(uri: string): MongoClientOptions {
  const { serverSelectionTimeoutMS, connectTimeoutMS, ...fixed } = clientOptions;
  const said = uri.slice(uri.indexOf('?') + 1).toLowerCase();
  const ours = { serverSelectionTimeoutMS, connectTimeoutMS };
  const isUnsaid = ([name]: [string, unknown]): boolean => !said.includes(`${name.toLowerCase()}=`);
  return { ...fixed, ...Object.fromEntries(Object.entries(ours).filter(isUnsaid)) };
}
