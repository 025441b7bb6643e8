import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from './projectRoot';
import { waitFor } from './waitFor';

export interface Finished {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

const program = path.join(projectRoot, 'dist', 'cli.js');

/** Runs the built `mongo-rewind` to its end. */
export async function rewind(...words: string[]): Promise<Finished> {
  return rewindWith({}, ...words);
}

export async function rewindWith(env: NodeJS.ProcessEnv, ...words: string[]): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...env } });
  return finished(child);
}

/** Runs it to its end and reads its one JSON result. Fails where it does not end with 0. */
export async function rewindJson<T>(...words: string[]): Promise<T> {
  const { status, out, err } = await rewind(...words, '--json');
  if (status !== 0) throw new Error(`mongo-rewind ${words.join(' ')} ended with ${String(status)}: ${err}`);
  return JSON.parse(out) as T;
}

/** A `mongo-rewind record` in a process of its own. */
export interface RecordingProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Waits until everything through this time can be restored. */
  reaches(time: string): Promise<void>;
  /** Ends it as a person would, with SIGINT. */
  stop(): Promise<Finished>;
}

interface Status {
  readonly ranges: readonly { readonly from: string; readonly to: string }[];
}

/** Starts recording and waits for the base snapshot. */
export async function startRecording(uri: string, repository: string): Promise<RecordingProcess> {
  const child = spawn(process.execPath, [program, 'record', '--uri', uri, '--repo', repository, '--json']);
  const ending = finished(child);
  let ended: Finished | undefined;
  void ending.then((result) => (ended = result));
  const ranges = async (): Promise<Status['ranges']> => {
    if (ended) throw new Error(`the recorder ended: ${ended.err}`);
    const { ranges: found } = await rewindJson<Status>('status', '--repo', repository);
    return found;
  };
  const stop = async (): Promise<Finished> => {
    child.kill('SIGINT');
    return ending;
  };
  await waitFor('the first restorable range', async () => (await ranges()).length > 0, { everyMs: 200 });
  return {
    child,
    reaches: async (time) => {
      await waitFor(`a record of ${time}`, async () =>
        (await ranges()).some((r) => order(r.to) >= order(time)),
      );
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function order(time: string): bigint {
  const [seconds = '0', ordinal = '0'] = time.split(':');
  return (BigInt(seconds) << 32n) | BigInt(ordinal);
}

function finished(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout?.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr?.on('data', (piece: Buffer) => (err += piece.toString()));
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ status, out, err });
    });
  });
}
