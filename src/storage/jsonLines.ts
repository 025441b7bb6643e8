import { open, readFile } from 'node:fs/promises';
import { errnoOf, storageError } from './putFile';

/** Adds one line, durably. A line that a crash tore is closed off first, so that it costs only itself. */
export async function appendLine(path: string, value: unknown): Promise<void> {
  try {
    const file = await open(path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      const separator = size > 0 && last[0] !== 0x0a ? '\n' : '';
      await file.writeFile(`${separator}${JSON.stringify(value)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw storageError(error, path);
  }
}

/** All whole lines; a torn one is left out. */
export async function readLines(path: string): Promise<unknown[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storageError(error, path);
  }
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as unknown];
    } catch {
      return []; // torn by a crash while it was written: it was never acknowledged
    }
  });
}
