import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { projectRoot } from './projectRoot';
import { waitFor } from './waitFor';

const program = path.join(projectRoot, 'dist', 'cli.js');

/** A `mongo-rewind record` of its own process that may be killed and started again on the same repository. */
export class RecorderProcess implements AsyncDisposable {
  readonly #uri: string;
  readonly #repository: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> | undefined;
  err = '';
  status: number | null = null;

  constructor(uri: string, repository: string, env: NodeJS.ProcessEnv = {}) {
    this.#uri = uri;
    this.#repository = repository;
    this.#env = env;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const words = ['record', '--uri', this.#uri, '--repo', this.#repository];
    const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...this.#env } });
    this.#child = child;
    this.err = '';
    child.stderr.on('data', (piece: Buffer) => (this.err += piece.toString()));
    child.stdout.resume();
    this.#exited = once(child, 'close').then(([status]: unknown[]) => {
      this.status = status as number | null;
      if (this.#child === child) this.#child = undefined;
    });
  }

  /** Waits until it has said this on its standard error. */
  async says(text: RegExp, timeoutMs = 20_000): Promise<void> {
    await waitFor(`the recorder to say ${String(text)}`, () => text.test(this.err), { timeoutMs });
  }

  /** As `kill -9` does, or another signal; resolves when it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.#exited;
  }

  /** Freezes or thaws it. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill('SIGCONT');
    await this.end('SIGKILL');
  }
}
