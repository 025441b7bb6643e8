/** A failure with one line that says what is missing and what to do; its stack is of no use to anybody. */
export class Stop extends Error {}

/** Progress goes to stderr: the stdout of some tools is their answer. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Says what takes long, and how long it took. */
export async function timed(what, work) {
  say(`… ${what}`);
  const start = performance.now();
  const result = await work();
  say(`✔ ${what} (${seconds(performance.now() - start)})`);
  return result;
}

export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Runs a tool's main function; a `Stop` becomes one line, anything else keeps its stack. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    say(error instanceof Stop ? `✘ ${error.message}` : `✘ ${error?.stack ?? error}`);
    process.exitCode = 1;
  }
}
