import type { ConnectionFacts } from './connections';
import type { Host } from './host';
import { readSettings } from './settings';

/**
 * Whether a repository can be written to: asks for the passphrase of an encrypted one, and for a new one where the
 * setting wants new repositories encrypted.
 */
export async function ensurePassphrase(host: Host, connection: ConnectionFacts): Promise<boolean> {
  const { repository } = connection;
  const known = await host.passphrases.of(repository);
  const { state, opens } = await host.passphrases.check(repository, known);
  if (state === 'plain') return true;
  const isWanted = host.passphrases.isWanted(repository) || readSettings().encryptRepositories;
  if (state === 'absent' ? known !== undefined || !isWanted : opens) return true;
  return (await host.passphrases.ask(connection, { once: false })) !== undefined;
}
