import { MongoClient } from 'mongodb';
import { secondsOf } from '../core/time';
import { clientOptions } from './connect';
import { readPosition } from './inspectSource';
import { withReplyLimit } from './replyLimit';

/** A secondary that is further behind is not read from. */
const maxLagSeconds = 5;
const recheckMs = 5_000;
const askMs = 3_000;

/**
 * Chooses whom to read from: a secondary that keeps up, so that the primary is spared; the primary where there is none.
 * Cursors belong to one member, so a secondary gets a client of its own.
 */
export class ReadMember implements AsyncDisposable {
  readonly #client: MongoClient;
  readonly #uri: string;
  readonly #disposed = new AbortController();
  #secondary: { readonly host: string; readonly client: MongoClient } | undefined;
  /** At most one choice is made at a time: of two clients, one would be read from and never watched nor closed. */
  #choosing: Promise<MongoClient> | undefined;
  #watching: NodeJS.Timeout | undefined;
  #checked = -Infinity;

  /** `client` is connected to the set by `uri`. */
  constructor(client: MongoClient, uri: string) {
    this.#client = client;
    this.#uri = uri;
  }

  /** Host and port of the secondary that is read from; `undefined` for the primary. */
  get secondary(): string | undefined {
    return this.#secondary?.host;
  }

  /** The client of a secondary that keeps up, or that of the primary. Rejects when aborted; the choice goes on then. */
  async choose(signal: AbortSignal): Promise<MongoClient> {
    this.#choosing ??= this.#choose().finally(() => (this.#choosing = undefined));
    return unlessAborted(this.#choosing, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort();
    clearInterval(this.#watching);
    await this.#choosing?.catch(() => undefined);
    await this.#leave();
  }

  async #choose(): Promise<MongoClient> {
    this.#disposed.signal.throwIfAborted();
    const now = performance.now();
    if (this.#secondary || now - this.#checked > recheckMs) {
      this.#checked = now;
      await this.#select(this.#disposed.signal);
    }
    return this.#secondary?.client ?? this.#client;
  }

  async #select(signal: AbortSignal): Promise<void> {
    if (this.#secondary && (await this.#keepsUp(this.#secondary.client, signal))) return;
    await this.#leave();
    for (const host of await this.#secondaries(signal)) {
      const uri = memberUri(this.#uri, host, this.#client.options.credentials?.source);
      const client = new MongoClient(uri, { ...clientOptions, serverSelectionTimeoutMS: askMs });
      try {
        if (await this.#keepsUp(client, signal)) {
          this.#secondary = { host, client };
          this.#watch();
          return;
        }
      } finally {
        if (this.#secondary?.client !== client) await client.close().catch(() => undefined);
      }
    }
  }

  /** A cursor on a secondary that falls behind would wait with it: closing its client ends the cursor. */
  #watch(): void {
    clearInterval(this.#watching);
    this.#watching = setInterval(() => void this.#leaveIfBehind(), recheckMs);
    this.#watching.unref();
  }

  async #leaveIfBehind(): Promise<void> {
    const secondary = this.#secondary;
    if (!secondary) return;
    const keepsUp = await this.#keepsUp(secondary.client, undefined);
    if (!keepsUp && this.#secondary === secondary) await this.#leave();
  }

  async #leave(): Promise<void> {
    clearInterval(this.#watching);
    const secondary = this.#secondary;
    this.#secondary = undefined;
    await secondary?.client.close().catch(() => undefined);
  }

  /** Where the primary is not to be had, nothing is newer than what a secondary has. */
  async #keepsUp(client: MongoClient, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      const [theirs, newest] = await Promise.all([
        readPosition(client, signal),
        readPosition(this.#client, signal).catch(() => undefined),
      ]);
      if (theirs.primary) return false;
      return !newest || secondsOf(newest.newest) - secondsOf(theirs.newest) <= maxLagSeconds;
    } catch (error) {
      if (signal?.aborted) throw error;
      return false;
    }
  }

  async #secondaries(signal: AbortSignal): Promise<string[]> {
    if (this.#client.options.directConnection) return [];
    try {
      const hello = (await withReplyLimit(askMs, signal, (limit) =>
        this.#client.db('admin').command({ hello: 1 }, { signal: limit }),
      )) as { hosts?: string[]; primary?: string; me?: string };
      return (hello.hosts ?? []).filter((host) => host !== hello.primary);
    } catch (error) {
      if (signal.aborted) throw error;
      return []; // the primary is asked then, and says what is wrong
    }
  }
}

/** As the promise, but rejects as soon as the signal is aborted. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
  });
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The connection string of one member of the set that `uri` names, with the same credentials and options. */
export function memberUri(uri: string, host: string, authSource: string | undefined): string {
  const match = /^mongodb(\+srv)?:\/\/([^/?]*@)?[^/?]+(\/[^?]*)?(?:\?(.*))?$/.exec(uri);
  const [, srv, login = '', path = '/', query = ''] = match ?? [];
  const options = new URLSearchParams(query);
  for (const name of [...options.keys()]) {
    if (notForOne.has(name.toLowerCase())) options.delete(name);
  }
  const has = (name: string): boolean =>
    [...options.keys()].some((key) => key.toLowerCase() === name.toLowerCase());
  options.set('directConnection', 'true');
  if (srv !== undefined && !has('tls') && !has('ssl')) options.set('tls', 'true');
  if (login !== '' && authSource !== undefined && !has('authSource')) options.set('authSource', authSource);
  return `mongodb://${login}${host}${path}?${options.toString()}`;
}

const notForOne = new Set([
  ...['directconnection', 'loadbalanced', 'readpreference', 'readpreferencetags', 'maxstalenessseconds'],
  ...['srvmaxhosts', 'srvservicename', 'serverselectiontimeoutms', 'connecttimeoutms'],
]);
