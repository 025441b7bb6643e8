import { execFileSync } from 'node:child_process';

/**
 * Runs every contender once a round, each round in another order, and gives all their measurements by name. What one
 * left for the disk to write is written before the next starts.
 */
export async function interleaved(rounds, contenders, say) {
  const results = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const { name, prepare, run, after, every = 1 } = contenders[(i + round) % contenders.length];
      if (round % every !== 0) continue;
      await prepare?.();
      settleDisk();
      const measurement = await run();
      Object.assign(measurement, await after?.(measurement));
      results.get(name).push(measurement);
      say(`round ${round + 1}: ${name} ${measurement.wallS.toFixed(2)} s`);
    }
  }
  return results;
}

function settleDisk() {
  if (process.platform !== 'win32') execFileSync('sync');
}

export function median(values) {
  const sorted = values.filter((v) => v !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Medians of one contender, with the span of its wall clocks. */
export function summary(measurements) {
  const of = (field) => measurements.map((m) => m[field]);
  return {
    rounds: measurements.length,
    wallS: median(of('wallS')),
    minS: Math.min(...of('wallS')),
    maxS: Math.max(...of('wallS')),
    cpuS: median(of('cpuS')),
    serverCpuS: median(of('serverCpuS')),
    peakMb: median(of('peakMb')),
    outMb: median(of('outMb')),
  };
}
