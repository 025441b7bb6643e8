import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { projectRoot } from '../support/projectRoot';

/** What VS Code calls inside the extension host. It resolves when all tests passed and rejects when any failed. */
export async function run(): Promise<void> {
  speakInto(process.env['MONGO_REWIND_REPORT']);
  const ci = process.env['CI'] === 'true';
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    slow: 3_000,
    color: false,
    failZero: true,
    forbidOnly: ci,
    forbidPending: ci,
    reporter: path.join(projectRoot, 'tools', 'mochaReporter.cjs'),
    ...grep(process.env['MONGO_REWIND_GREP']),
  });
  const here = path.join(projectRoot, 'dist', 'test', 'e2e');
  for (const name of readdirSync(here, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(path.join(here, name));
  }
  const failures = await new Promise<number>((resolve) => {
    mocha.run(resolve);
  });
  if (failures > 0) throw new Error(`${failures} failed`);
}

/** The host's console ends up in a browser; the report belongs in the terminal that started the run. */
function speakInto(file: string | undefined): void {
  if (file === undefined || file === '') return;
  const base = Mocha.reporters.Base as unknown as { consoleLog: (...args: unknown[]) => void };
  base.consoleLog = (...args) => appendFileSync(file, `${format(...args)}\n`);
}

function grep(pattern: string | undefined): { grep?: string } {
  return pattern === undefined || pattern === '' ? {} : { grep: pattern };
}
