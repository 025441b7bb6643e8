import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { freePort } from './freePort';
import { Reaper } from './reaper';

const startTimeoutMs = 60_000;
const keptLines = 200;

export interface MongodOptions {
  readonly binary: string;
  /** Holds this server's data alone. */
  readonly dbPath: string;
  /** Removed with the process when the tests die; it may hold other servers of the same test. */
  readonly temporaryFolder: string;
  readonly args: readonly string[];
}

/** One mongod on a free port of 127.0.0.1. It keeps its port and its data from start to start. */
export class MongodProcess {
  readonly dbPath: string;
  readonly #options: MongodOptions;
  #port: number | undefined;
  #child: ChildProcess | undefined;
  #reaper: Reaper | undefined;
  #log: string[] = [];
  #more: readonly string[] = [];

  constructor(options: MongodOptions) {
    this.#options = options;
    this.dbPath = options.dbPath;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error('this mongod was never started');
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The last lines of the server's log. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Resolves when the server accepts connections; it is not yet a primary then. With `more` arguments from now on. */
  async start(more: readonly string[] = this.#more): Promise<void> {
    if (this.#child) throw new Error('this mongod runs already');
    this.#more = more;
    await mkdir(this.dbPath, { recursive: true });
    const fixedPort = this.#port;
    for (let attempt = 1; ; attempt++) {
      const port = fixedPort ?? (await freePort());
      if (await this.#tryStart(port)) {
        this.#port = port;
        return;
      }
      if (attempt === 5) throw new Error(`mongod did not start:\n${this.#log.slice(-8).join('\n')}`);
    }
  }

  /** Asks the server to shut down and waits until it is gone. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Kills the server as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** `SIGSTOP` and `SIGCONT` freeze and thaw it. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = once(child, 'exit');
    child.kill('SIGCONT'); // a frozen server would never see the next one
    child.kill(signal);
    await gone;
  }

  /** False when the server ended before it listened, most likely because somebody else took the port. */
  async #tryStart(port: number): Promise<boolean> {
    const child = spawn(
      this.#options.binary,
      [...this.#arguments(port), ...this.#options.args, ...this.#more],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true, // Ctrl-C in a terminal reaches us, and we decide the order of the ending
      },
    );
    this.#log = [];
    const ready = this.#whenListening(child);
    child.once('exit', () => {
      this.#reaper?.dismiss();
      this.#reaper = undefined;
      this.#child = undefined;
    });
    if (child.pid !== undefined) {
      this.#child = child;
      this.#reaper = new Reaper(child.pid, this.#options.temporaryFolder);
    }
    return ready;
  }

  #arguments(port: number): string[] {
    const fixed = ['--port', String(port), '--bind_ip', '127.0.0.1', '--dbpath', this.dbPath];
    const cache = this.#options.args.includes('--wiredTigerCacheSizeGB')
      ? []
      : ['--wiredTigerCacheSizeGB', '0.25'];
    const quiet = ['--setParameter', 'diagnosticDataCollectionEnabled=false'];
    return [...fixed, '--nounixsocket', ...cache, ...quiet];
  }

  #whenListening(child: ChildProcess): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`mongod was not ready in ${startTimeoutMs} ms`));
      }, startTimeoutMs);
      const settle = (listening: boolean): void => {
        clearTimeout(giveUp);
        resolve(listening);
      };
      child.once('error', (error) => {
        clearTimeout(giveUp);
        reject(error);
      });
      child.once('exit', () => settle(false));
      for (const output of [child.stdout, child.stderr]) {
        if (!output) continue;
        createInterface({ input: output }).on('line', (line) => {
          this.#log.push(line);
          if (this.#log.length > keptLines) this.#log.shift();
          if (line.includes('"Waiting for connections"')) settle(true);
        });
      }
    });
  }
}
