import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { Stop } from './say.mjs';

/**
 * Runs a program to its end, or kills it after `limitMs`. Output is collected, or shown where `show` is set.
 * @returns {Promise<{code: number, output: string, late: boolean}>}
 */
export function run(command, args, { cwd, env, show = false, limitMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
      shell: process.platform === 'win32' && !path.isAbsolute(command),
    });
    let late = false;
    const limit = setTimeout(
      () => {
        late = true;
        child.kill('SIGKILL');
      },
      limitMs ?? 2 ** 31 - 1,
    );
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code: code ?? (signal ? 1 : 0), output, late });
    });
  });
}

/** As `run`, but anything other than success stops with the program's last lines. */
export async function mustRun(command, args, options = {}) {
  let result;
  try {
    result = await run(command, args, options);
  } catch (error) {
    throw new Stop(`${command} could not be started: ${error.message}`);
  }
  if (result.code === 0) return result.output;
  const tail = result.output.trim().split('\n').slice(-6).join('\n    ');
  throw new Stop(
    `${[path.basename(command), ...args].join(' ')} failed with ${result.code}${tail && `:\n    ${tail}`}`,
  );
}

/** The first of the names that is a program on PATH, as an absolute path. */
export function findOnPath(...names) {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
      for (const suffix of suffixes) {
        const file = path.resolve(folder, name + suffix);
        if (isProgram(file)) return file;
      }
    }
  }
  return undefined;
}

export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Runs npm in `cwd`, free of what an outer `npm run` left in the environment. */
export function npm(args, cwd) {
  const outer =
    /^(npm_(lifecycle_|package_|command|execpath|node_execpath|config_(local|global)_prefix)|INIT_CWD$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !outer.test(name)));
  const options = { cwd, env };
  const cli = process.env.npm_execpath;
  const quiet = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  return cli?.endsWith('npm-cli.js')
    ? mustRun(process.execPath, [cli, ...quiet], options)
    : mustRun('npm', quiet, options);
}
