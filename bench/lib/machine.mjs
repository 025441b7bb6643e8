import os from 'node:os';

/** What figures depend on. */
export function machine() {
  const [cpu] = os.cpus();
  return {
    cpu: `${os.cpus().length} x ${cpu?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GB`,
    system: `${os.type()} ${os.release()}`,
    node: process.versions.node,
  };
}

/** Runnable processes of the last minute: what else the machine was doing. */
export function load() {
  return Number(os.loadavg()[0].toFixed(2));
}
