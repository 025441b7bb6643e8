import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { JobKind, Jobs } from '../protocol/job';
import type { Connections } from './connections';
import type { Logger } from './logger';
import type { Passphrases } from './passphrases';
import { readSettings } from './settings';
import type { JobOptions, RunsJobs } from './workerClient';

/** Jobs that nobody asked for: they fail while a passphrase is asked for once on their behalf, and run again then. */
const quiet: ReadonlySet<JobKind> = new Set<JobKind>(['status', 'previews', 'events', 'density']);
/** Jobs that make a repository where there is none. */
const making: ReadonlySet<JobKind> = new Set<JobKind>(['record', 'snapshot', 'import']);

/** Gives each job the passphrase of its repository, and asks for it where it is needed and not known. */
export class UnlockingWorker implements RunsJobs {
  readonly #worker: RunsJobs;
  readonly #passphrases: Passphrases;
  readonly #connections: Connections;
  readonly #log: Logger;

  constructor(worker: RunsJobs, passphrases: Passphrases, connections: Connections, log: Logger) {
    this.#worker = worker;
    this.#passphrases = passphrases;
    this.#connections = connections;
    this.#log = log;
  }

  async run<K extends JobKind>(
    kind: K,
    params: Jobs[K]['params'],
    options: JobOptions<K> = {},
  ): Promise<Jobs[K]['result']> {
    const repository = 'repository' in params ? params.repository : undefined;
    if (repository === undefined || kind === 'encryption' || kind === 'probe')
      return await this.#worker.run(kind, params, options);
    const makes = making.has(kind) && !('resumed' in params && params.resumed);
    let passphrase = await this.#passphrases.of(repository);
    for (;;) {
      try {
        if (passphrase === undefined && (await this.#isNeeded(repository, makes))) throw needed();
        const unlocked = passphrase === undefined ? options : { ...options, passphrase };
        return await this.#worker.run(kind, params, unlocked);
      } catch (error) {
        if (!(error instanceof BackupError && error.code === 'wrongPassphrase')) throw error;
        const asking = this.#ask(repository, kind);
        if (quiet.has(kind))
          asking.catch((failure: unknown) => this.#log.warn('passphrase not asked', failure));
        const typed = quiet.has(kind) ? undefined : await asking;
        if (typed === undefined) throw passphrase === undefined ? needed() : error;
        passphrase = typed;
      }
    }
  }

  /** Whether the job fails without a passphrase. Where there is no repository yet, only its making asks for one. */
  async #isNeeded(repository: string, makes: boolean): Promise<boolean> {
    const isWanted = this.#passphrases.isWanted(repository);
    if (!isWanted && !(makes && readSettings().encryptRepositories)) return false;
    const { state } = await this.#passphrases.check(repository, undefined);
    return state === 'absent' ? makes : isWanted;
  }

  async #ask(repository: string, kind: JobKind): Promise<string | undefined> {
    const connection = this.#connections.all.find((c) => c.repository === repository);
    if (!connection || (await this.#passphrases.check(repository, undefined)).state === 'plain')
      return undefined;
    return await this.#passphrases.ask(connection, { once: kind === 'record' || quiet.has(kind) });
  }
}

function needed(): BackupError {
  return new BackupError('wrongPassphrase', say`this repository is encrypted and needs its passphrase`, {
    hint: say`Enter it with “Encryption Passphrase…”.`,
  });
}
