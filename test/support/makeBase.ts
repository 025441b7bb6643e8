import type { SnapshotManifest } from '../../src/core/snapshot';
import type { ClusterTime } from '../../src/core/time';
import { synthesizeSnapshot } from '../../src/engine/synthesizeSnapshot';
import { fileRepository } from '../../src/storage/fileRepository';
import { fileSnapshotStore } from '../../src/storage/snapshotStore';
import { storedFrames } from '../../src/storage/storedFrames';

export interface BaseRequest {
  readonly base: SnapshotManifest;
  readonly target: ClusterTime;
  readonly nowMs: number;
  readonly budgetBytes: number;
}

/** Makes the next base of a repository from the one before and from the log. */
export async function makeBase(
  folder: string,
  request: BaseRequest,
  onProgress: () => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<SnapshotManifest> {
  const repository = fileRepository(folder);
  const { lineages } = await repository.content();
  const run = lineages.find((l) => l.start.id === request.base.lineage)?.segments ?? [];
  return synthesizeSnapshot(
    { repository, frames: storedFrames(folder), store: fileSnapshotStore(folder) },
    { ...request, run, without: new Set<string>() },
    onProgress,
    signal,
  );
}
