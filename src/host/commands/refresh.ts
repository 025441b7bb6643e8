import type { Host } from '../host';
import type { CommandTarget } from '../target';
import { refreshStatus } from './recording';

/** Asks servers and repositories again: one connection's, or all. */
export async function refresh(host: Host, target?: CommandTarget): Promise<void> {
  const ids = target?.connection === undefined ? host.connections.all.map((c) => c.id) : [target.connection];
  await Promise.all([
    host.previews.refresh(),
    ...ids.flatMap((id) => [host.sources.refresh(id), refreshStatus(host, id)]),
  ]);
}
