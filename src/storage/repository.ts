import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../engine/errors';
import { errnoOf, makeFolder, putFile, storageError } from './putFile';

/** The version of everything written; docs/FORMAT.md describes it. */
export const formatVersion = 1;

/** Which replica set a repository belongs to. */
export interface SourceIdentity {
  readonly setName: string;
  /** Unknown where the role did not show it. */
  readonly replicaSetId: string | undefined;
}

export interface Repository {
  readonly folder: string;
  readonly id: string;
  readonly source: SourceIdentity;
}

/** Opens a folder that holds a repository. Throws `noRepository` or `formatVersion`. */
export async function openRepository(folder: string): Promise<Repository> {
  const repository = await readConfig(folder);
  if (repository) return repository;
  throw new BackupError('noRepository', `there is no repository in ${folder}`, {
    hint: 'Take a snapshot or start recording into this folder first.',
  });
}

/** Opens the folder's repository, or makes one for the source. Throws `wrongSource` when it belongs to another. */
export async function openOrCreateRepository(folder: string, source: SourceIdentity): Promise<Repository> {
  const existing = await readConfig(folder);
  if (existing) {
    refuseOther(existing, source);
    return existing;
  }
  await makeFolder(folder);
  const repository: Repository = { folder, id: randomUUID(), source };
  const { setName, replicaSetId } = source;
  const content = { formatVersion, repositoryId: repository.id, source: { setName, replicaSetId } };
  await putFile(join(folder, 'config.json'), `${JSON.stringify(content, undefined, 2)}\n`);
  await makeFolder(join(folder, 'snapshots'));
  await makeFolder(join(folder, 'oplog'));
  return repository;
}

async function readConfig(folder: string): Promise<Repository | undefined> {
  const path = join(folder, 'config.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw storageError(error, path);
  }
  const config = parseConfig(text);
  if (!config) {
    throw new BackupError('damaged', `${path} is not a Mongo Rewind repository's config`, {
      hint: 'Choose another folder, or bring this file back from a copy.',
    });
  }
  if (config.formatVersion !== formatVersion) {
    throw new BackupError(
      'formatVersion',
      `this repository has format version ${String(config.formatVersion)}; this program knows ${String(formatVersion)}`,
      { hint: 'Update Mongo Rewind, or choose another folder.' },
    );
  }
  return { folder, id: config.repositoryId, source: config.source };
}

function parseConfig(
  text: string,
): { formatVersion: number; repositoryId: string; source: SourceIdentity } | undefined {
  try {
    const { formatVersion: version, repositoryId, source } = JSON.parse(text) as Record<string, unknown>;
    if (typeof version !== 'number' || typeof repositoryId !== 'string') return undefined;
    const { setName, replicaSetId } = (source ?? {}) as Record<string, unknown>;
    return {
      formatVersion: version,
      repositoryId,
      source: {
        setName: typeof setName === 'string' ? setName : '',
        replicaSetId: typeof replicaSetId === 'string' ? replicaSetId : undefined,
      },
    };
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

function refuseOther(repository: Repository, source: SourceIdentity): void {
  const known = repository.source;
  const sameId =
    known.replicaSetId === undefined ||
    source.replicaSetId === undefined ||
    known.replicaSetId === source.replicaSetId;
  if (known.setName === source.setName && sameId) return;
  throw new BackupError(
    'wrongSource',
    `this repository belongs to another replica set (${known.setName}${known.replicaSetId ? ` ${known.replicaSetId}` : ''})`,
    { hint: 'Use one folder for each replica set.' },
  );
}
