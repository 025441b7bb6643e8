import { parseNamespace } from '../core/namespace';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import { resolveTarget } from '../engine/resolveTarget';
import { restoreVersion } from '../engine/restoreVersion';
import { inspectSource } from '../mongo/inspectSource';
import { liveCollections } from '../mongo/liveCollections';
import { liveDocuments } from '../mongo/liveDocuments';
import { targetData } from '../mongo/restoreTarget';
import type { RestoreVersionParams, RestoreVersionReport } from '../protocol/job';
import { openOrCreateRepository } from '../storage/repository';
import { readId } from './historyJob';
import { openReader, withClient } from './open';

/** Writes one document as it was, on the deployment that it was recorded from; or looks what that would change. */
export async function restoreVersionJob(
  params: RestoreVersionParams,
  signal: AbortSignal,
): Promise<RestoreVersionReport> {
  const ns = parseNamespace(params.ns);
  if (!ns) throw new BackupError('badInput', say`not a collection: ${params.ns}`);
  const id = readId(params.id);
  const repository = await openReader(params.repository);
  const content = await repository.content();
  const at = await resolveTarget(repository, content, params.at, signal);
  return withClient(params.uri, async (client) => {
    await openOrCreateRepository(params.repository, await inspectSource(client)); // refuses another source
    return restoreVersion(
      {
        ...{ repository, content, collections: liveCollections(client) },
        ...{ documents: liveDocuments(client), data: targetData(client) },
      },
      {
        ...{ ns, id, at, protected: params.protected ?? false },
        ...(params.seen === undefined ? {} : { seen: params.seen }),
      },
      signal,
    );
  });
}
