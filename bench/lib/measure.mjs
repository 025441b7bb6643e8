import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const pollMs = 25;

/**
 * Runs a program to its end and says what it cost: wall clock, CPU seconds of its own and of the servers named, and
 * its highest resident memory. CPU and memory are of Linux alone, `undefined` elsewhere.
 */
export async function measured(program, args, { servers = [], env = process.env, allow = [0], onLine } = {}) {
  const serverBefore = servers.map(cpuOf);
  const childrenBefore = endedChildrenCpu();
  const start = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => {
    stderr = (stderr + chunk).slice(-20_000);
    onLine?.(String(chunk));
  });
  let peakMb;
  const poll = setInterval(() => (peakMb = peakMemory(child.pid) ?? peakMb), pollMs);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(poll));
  const wallS = (performance.now() - start) / 1000;
  if (!allow.includes(code)) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stderr}`);
  const serverCpu = servers.map((pid, i) => difference(cpuOf(pid), serverBefore[i]));
  return {
    wallS,
    cpuS: difference(endedChildrenCpu(), childrenBefore),
    serverCpuS: serverCpu.includes(undefined) ? undefined : serverCpu.reduce((a, b) => a + b, 0),
    peakMb,
    stdout,
    stderr,
  };
}

function difference(after, before) {
  return after === undefined || before === undefined ? undefined : after - before;
}

/** CPU seconds of a running process. */
export function cpuOf(pid) {
  const fields = statOf(pid);
  return fields && (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** CPU seconds of all children that have ended. */
function endedChildrenCpu() {
  const fields = statOf('self');
  return fields && (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

const ticksPerSecond = 100;

/** The fields of /proc/PID/stat after the program's name, which may hold anything. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Highest resident memory so far, MB of 2^20. */
export function peakMemory(pid) {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}
