import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../tools/lib/paths.mjs';

/** A program of bench/programs that says `ready`, does its part at each line it is sent, and ends with one of JSON. */
export class Program {
  #child;
  #lines = [];
  #wake = () => undefined;
  #ended = false;

  constructor(node, name, args) {
    const file = path.join(root, 'bench', 'programs', `${name}.mjs`);
    this.#child = spawn(node, [file, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#child.once('exit', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  get pid() {
    return this.#child.pid;
  }

  send() {
    this.#child.stdin.write('go\n');
  }

  async line() {
    while (this.#lines.length === 0) {
      if (this.#ended) throw new Error('a program of the benchmark ended early');
      await new Promise((resolve) => (this.#wake = resolve));
    }
    return this.#lines.shift();
  }

  async ready(times = 1) {
    for (let i = 0; i < times; i++) await this.said('ready');
  }

  async said(word) {
    const line = await this.line();
    if (line !== word) throw new Error(`a program of the benchmark said ${line}`);
  }

  async result() {
    return JSON.parse(await this.line());
  }

  end() {
    if (!this.#ended) this.#child.kill('SIGKILL');
  }
}
