import * as vscode from 'vscode';
import type { EncryptionReport } from '../protocol/job';
import { askNewPassphrase, askPassphrase } from './askPassphrase';
import type { ConnectionFacts, Connections, ConnectionStorage } from './connections';
import { Disposable } from './disposable';
import type { Logger } from './logger';
import type { RunsJobs } from './workerClient';

const secretKey = (repository: string) => `passphrase.${repository}`;

/** The passphrases of encrypted repositories: in secret storage, or in memory where that fails. */
export class Passphrases extends Disposable {
  readonly #worker: RunsJobs;
  readonly #connections: Connections;
  readonly #secrets: ConnectionStorage['secrets'];
  readonly #log: Logger;
  /** As long as the window lives, by repository. */
  readonly #known = new Map<string, string>();
  readonly #asking = new Map<string, Promise<string | undefined>>();
  /** One prompt at a time: a second one would hide the first. */
  #lastAsked: Promise<unknown> = Promise.resolve();
  readonly #declined = new Set<string>();
  readonly #kept = this.register(new vscode.EventEmitter<string>());
  /** The connection whose repository can be read from now on. */
  readonly onDidKeep = this.#kept.event;

  constructor(
    worker: RunsJobs,
    connections: Connections,
    secrets: ConnectionStorage['secrets'],
    log: Logger,
  ) {
    super();
    this.#worker = worker;
    this.#connections = connections;
    this.#secrets = secrets;
    this.#log = log;
  }

  async of(repository: string): Promise<string | undefined> {
    const known = this.#known.get(repository) ?? (await this.#read(repository));
    if (known !== undefined) this.#known.set(repository, known);
    return known;
  }

  /** Whether a repository has to be encrypted, though it may not be there yet. */
  isWanted(repository: string): boolean {
    return this.#connections.all.some((c) => c.repository === repository && c.encrypted === true);
  }

  /** What the engine says of a repository and a passphrase for it. */
  async check(repository: string, passphrase: string | undefined): Promise<EncryptionReport> {
    const given = passphrase === undefined ? {} : { passphrase };
    return await this.#worker.run('encryption', { repository, ...given });
  }

  async keep(connection: ConnectionFacts, passphrase: string): Promise<void> {
    await this.#store(connection, passphrase);
    this.#kept.fire(connection.id);
  }

  async #store({ id, name, repository }: ConnectionFacts, passphrase: string): Promise<void> {
    this.#known.set(repository, passphrase);
    this.#declined.delete(repository);
    const connection = this.#connections.find(id);
    if (connection && connection.encrypted !== true)
      await this.#connections.update({ ...connection, encrypted: true });
    try {
      await this.#secrets.store(secretKey(repository), passphrase);
      if ((await this.#secrets.get(secretKey(repository))) === passphrase) return;
    } catch (error) {
      this.#log.warn('secret storage failed to store', error);
    }
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'Secret storage is not available: the passphrase of {0} is remembered only until this window closes.',
        name,
      ),
    );
  }

  async forget(repository: string): Promise<void> {
    this.#known.delete(repository);
    try {
      await this.#secrets.delete(secretKey(repository));
    } catch (error) {
      this.#log.warn('secret storage failed to delete', error);
    }
  }

  /**
   * Asks until the right one is typed, or for a new one where there is no repository yet; keeps it. `undefined` when the
   * user turns away. Calls while it is being asked share one question; with `once` it is not asked again after that.
   */
  async ask(connection: ConnectionFacts, { once }: { readonly once: boolean }): Promise<string | undefined> {
    const { repository } = connection;
    if (once && this.#declined.has(repository)) return undefined;
    const running = this.#asking.get(repository);
    if (running) return await running;
    const turn = this.#lastAsked.then(() => this.#ask(connection));
    this.#lastAsked = turn.catch(() => undefined);
    const asking = turn.finally(() => this.#asking.delete(repository));
    this.#asking.set(repository, asking);
    return await asking;
  }

  async #ask(connection: ConnectionFacts): Promise<string | undefined> {
    const { name, repository } = connection;
    const { state } = await this.check(repository, undefined);
    const typed =
      state === 'absent'
        ? await askNewPassphrase(name)
        : await askPassphrase(name, async (text) => (await this.check(repository, text)).opens);
    if (typed === undefined) this.#declined.add(repository);
    else await this.keep(connection, typed);
    return typed;
  }

  async #read(repository: string): Promise<string | undefined> {
    try {
      return await this.#secrets.get(secretKey(repository));
    } catch (error) {
      this.#log.warn('secret storage failed to read', error);
      return undefined;
    }
  }
}
