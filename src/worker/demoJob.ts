import { setTimeout as pause } from 'node:timers/promises';
import { startDemoServer } from '../mongo/demoServer';
import { makeDemoMistake, seedDemoShop, writeDemoOrder } from '../mongo/demoShop';
import type { DemoParams, DemoProgress } from '../protocol/demo';

const writeEveryMs = 2_000;
const mistakeAfterMs = 45_000;

/** Runs the demo shop until cancelled, which stops its server. A shop just made suffers one mistake. */
export async function demo(
  { mongod, folder, port, mistakeMs = mistakeAfterMs }: DemoParams,
  onProgress: (progress: DemoProgress) => void,
  signal: AbortSignal,
): Promise<{ readonly stopped: true }> {
  const server = await startDemoServer(mongod, folder, port, signal);
  try {
    let mistakeAtMs = (await seedDemoShop(server.client, new Date())) ? Date.now() + mistakeMs : Infinity;
    onProgress({ kind: 'ready', uri: server.uri });
    while (!signal.aborted) {
      await writeDemoOrder(server.client, new Date());
      onProgress({ kind: 'running' });
      if (Date.now() >= mistakeAtMs) {
        mistakeAtMs = Infinity;
        onProgress({ kind: 'mistake', documents: await makeDemoMistake(server.client) });
      }
      await pause(Math.min(writeEveryMs, mistakeMs), undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    }
    return { stopped: true };
  } finally {
    await server.stop();
  }
}
