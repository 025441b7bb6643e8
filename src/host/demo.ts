import { keepConnection } from './commands/addConnection';
import { readConnectionString } from './connectionString';
import type { Host } from './host';

const demoId = 'demo';

/** The connection that `npm start` and tests hand over by environment; recorded from the start. */
export async function startDemo(host: Host, environment: NodeJS.ProcessEnv): Promise<void> {
  const uri = environment['MONGO_REWIND_DEMO_URI'];
  if (!uri) return;
  const read = readConnectionString(uri);
  if (read.kind === 'bad') return host.log.warn('demo connection string refused', read.problem);
  const repository = environment['MONGO_REWIND_DEMO_REPO'];
  await keepConnection(host, read, {
    name: 'Demo shop',
    ...host.connections.find(demoId),
    id: demoId,
    ...(repository ? { repository } : {}),
  });
  await host.recorders.start(demoId);
}
