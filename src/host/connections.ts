import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { ConnectionColor } from './connectionColor';
import { serverOf } from './connectionString';
import { Disposable } from './disposable';
import type { Logger } from './logger';

/** What is kept in plain sight of a connection: nothing secret. */
export interface Connection {
  readonly id: string;
  readonly name: string;
  /** Hosts alone, for people. */
  readonly label: string;
  readonly protected: boolean;
  readonly color?: ConnectionColor;
  /** Absolute folder on the extension host's machine. */
  readonly repository: string;
  /** Its repository is encrypted, or will be: none is made without a passphrase. */
  readonly encrypted?: boolean;
}

/** What is known of a connection before it is added. */
export type ConnectionFacts = Pick<Connection, 'id' | 'name' | 'repository'>;

export interface ConnectionStorage {
  readonly state: Pick<vscode.Memento, 'get' | 'update'>;
  readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>;
}

const connectionsKey = 'connections';
const recordingKey = 'recordingWanted';
const secretKey = (id: string) => `uri.${id}`;

/** The connections the user added. URIs live in secret storage, or in memory where that fails. */
export class Connections extends Disposable {
  readonly #storage: ConnectionStorage;
  readonly #log: Logger;
  readonly #sessionUris = new Map<string, string>();
  #shown: string;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;

  constructor(storage: ConnectionStorage, log: Logger) {
    super();
    this.#storage = storage;
    this.#log = log;
    this.#shown = JSON.stringify(this.all);
  }

  get all(): readonly Connection[] {
    return this.#storage.state.get<readonly Connection[]>(connectionsKey, []);
  }

  find(id: string): Connection | undefined {
    return this.all.find((c) => c.id === id);
  }

  get(id: string): Connection {
    const connection = this.find(id);
    if (!connection) throw new BackupError('notFound', say`This connection is no longer there.`);
    return connection;
  }

  static newId(): string {
    return randomBytes(6).toString('hex');
  }

  /** Adds, or replaces the one with the same id. Resolves to how long the URI will be remembered. */
  async put(connection: Connection, uri: string): Promise<'kept' | 'session'> {
    const kept = await this.#keepUri(connection.id, uri);
    await this.update(connection);
    return kept;
  }

  /** Adds, or replaces the one with the same id, where it stands; its URI stays what it is. */
  async update(connection: Connection): Promise<void> {
    const all = this.all;
    const known = all.some((c) => c.id === connection.id);
    const next = known ? all.map((c) => (c.id === connection.id ? connection : c)) : [...all, connection];
    await this.#storage.state.update(connectionsKey, next);
    this.#tell();
  }

  async remove(id: string): Promise<void> {
    this.#sessionUris.delete(id);
    await this.#storage.state.update(
      connectionsKey,
      this.all.filter((c) => c.id !== id),
    );
    await this.setRecordingWanted(id, false);
    try {
      await this.#storage.secrets.delete(secretKey(id));
    } catch (error) {
      this.#log.warn('secret storage failed to delete', error);
    }
    this.#tell();
  }

  /** The full URI, credentials and all; hand it to the engine only. */
  async uri(id: string): Promise<string> {
    const uri = this.#sessionUris.get(id) ?? (await this.#readSecret(id));
    if (uri !== undefined) return uri;
    throw new BackupError('badUri', say`The connection string of "${this.get(id).name}" is not available.`, {
      hint: say`Secret storage did not return it: start recording, and type it again.`,
    });
  }

  async findByUri(uri: string): Promise<Connection | undefined> {
    for (const connection of this.all) {
      const known = this.#sessionUris.get(connection.id) ?? (await this.#readSecret(connection.id));
      if (known === uri) return connection;
    }
    return undefined;
  }

  /** One that leads to the same server as the same user. */
  async findByServer(server: string): Promise<Connection | undefined> {
    for (const connection of this.all) {
      const known = this.#sessionUris.get(connection.id) ?? (await this.#readSecret(connection.id));
      if (known !== undefined && serverOf(known) === server) return connection;
    }
    return undefined;
  }

  async hasUri(id: string): Promise<boolean> {
    return this.#sessionUris.has(id) || (await this.#readSecret(id)) !== undefined;
  }

  /** A connection to the same hosts whose URI is lost, to be taken up again with its repository. */
  async findLost(label: string): Promise<Connection | undefined> {
    for (const connection of this.all)
      if (connection.label === label && !(await this.hasUri(connection.id))) return connection;
    return undefined;
  }

  isRecordingWanted(id: string): boolean {
    return this.#storage.state.get<readonly string[]>(recordingKey, []).includes(id);
  }

  async setRecordingWanted(id: string, wanted: boolean): Promise<void> {
    if (this.isRecordingWanted(id) === wanted) return;
    const others = this.#storage.state.get<readonly string[]>(recordingKey, []).filter((i) => i !== id);
    await this.#storage.state.update(recordingKey, wanted ? [...others, id] : others);
  }

  /** Shows what another window changed. */
  lookAgain(): void {
    if (JSON.stringify(this.all) !== this.#shown) this.#tell();
  }

  #tell(): void {
    this.#shown = JSON.stringify(this.all);
    this.#changed.fire();
  }

  async #keepUri(id: string, uri: string): Promise<'kept' | 'session'> {
    this.#sessionUris.set(id, uri);
    try {
      await this.#storage.secrets.store(secretKey(id), uri);
      if ((await this.#storage.secrets.get(secretKey(id))) === uri) return 'kept';
    } catch (error) {
      this.#log.warn('secret storage failed to store', error);
    }
    return 'session';
  }

  async #readSecret(id: string): Promise<string | undefined> {
    try {
      return await this.#storage.secrets.get(secretKey(id));
    } catch (error) {
      this.#log.warn('secret storage failed to read', error);
      return undefined;
    }
  }
}
