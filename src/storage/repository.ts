import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { DamagedFile } from '../engine/ports';
import {
  type EncryptionConfig,
  forgetKey,
  newEncryption,
  opensWith,
  passphraseFor,
  unlock,
} from './encryption';
import { foldersName } from './foldersFile';
import { lineFilesFor } from './jsonLines';
import { putEmptyTally } from './lineTally';
import { errnoOf, makeFolder, openAndSync, storageError } from './putFile';
import { putSealedJson, readSealedJson } from './sealedJson';

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
  readonly encryption: EncryptionConfig | undefined;
}

/** Opens a folder that holds a repository. Throws `noRepository`, `formatVersion` or `wrongPassphrase`. */
export async function openRepository(folder: string): Promise<Repository> {
  const repository = await readConfig(folder);
  if (repository) return repository;
  throw new BackupError('noRepository', say`there is no repository in ${folder}`, {
    hint: say`Take a snapshot or start recording into this folder first.`,
  });
}

/** Whether a folder holds a repository, whether that is encrypted, and whether a passphrase is its own. */
export async function encryptionOf(
  folder: string,
  passphrase: string | undefined,
): Promise<{ readonly state: 'absent' | 'plain' | 'encrypted'; readonly opens: boolean }> {
  const config = await findConfig(folder);
  if (!config) return { state: 'absent', opens: true };
  refuseVersion(config.formatVersion);
  const { encryption } = config;
  if (!encryption) return { state: 'plain', opens: passphrase === undefined };
  return { state: 'encrypted', opens: passphrase !== undefined && (await opensWith(encryption, passphrase)) };
}

/** Throws `wrongSource` when the folder holds a repository of another source; nothing is unlocked. */
export async function refuseOtherSource(folder: string, source: SourceIdentity): Promise<void> {
  const config = await findConfig(folder);
  if (!config || config.source.setName === '') return;
  const { setName, replicaSetId } = config.source;
  refuseOther({ setName, replicaSetId }, source);
}

/** Opens the folder's repository, or makes one for the source. Throws `wrongSource` when it belongs to another. */
export async function openOrCreateRepository(folder: string, source: SourceIdentity): Promise<Repository> {
  const existing = await readConfig(folder);
  if (existing) {
    refusePlain(existing);
    if (existing.source.setName === '') return adopt(existing, source);
    refuseOther(existing.source, source);
    await completeConfig(existing);
    return existing;
  }
  return createRepository(folder, source);
}

/** Opens the folder's repository whatever its source is, or makes one without: the first source recorded adopts it. */
export async function openOrCreateForImport(folder: string): Promise<Repository> {
  const existing = await readConfig(folder);
  if (!existing) return createRepository(folder, { setName: '', replicaSetId: undefined });
  refusePlain(existing);
  return existing;
}

/** Whoever gives a passphrase must not find out later that nothing was encrypted. */
function refusePlain(repository: Repository): void {
  if (repository.encryption || passphraseFor(repository.folder) === undefined) return;
  throw new BackupError('wrongPassphrase', say`a passphrase is given, but this repository is not encrypted`, {
    hint: say`Choose an empty folder for an encrypted repository, or leave the passphrase out.`,
  });
}

async function adopt(existing: Repository, source: SourceIdentity): Promise<Repository> {
  const repository = { ...existing, source };
  await putConfig(repository);
  return repository;
}

async function createRepository(folder: string, source: SourceIdentity): Promise<Repository> {
  const passphrase = passphraseFor(folder);
  const encryption = passphrase === undefined ? undefined : await newEncryption(folder, passphrase);
  const repository: Repository = { folder, id: randomUUID(), source, encryption };
  await makeFolder(join(folder, 'snapshots'));
  await makeFolder(join(folder, 'oplog'));
  for (const name of [...lineFilesFor(folder), foldersName]) await openAndSync(join(folder, name), 'a+');
  await putEmptyTally(folder);
  await putConfig(repository);
  return repository;
}

/** The config files: the second is read where the first is lost or damaged. */
const configNames = ['config.json', 'config.copy.json'] as const;

/** What is wrong with a repository's config files. */
export async function configDamage(folder: string): Promise<DamagedFile[]> {
  const read = await Promise.all(configNames.map((name) => readConfigFile(join(folder, name))));
  return read.flatMap((config, index): DamagedFile[] => {
    const file = configNames[index] ?? '';
    if (config === 'missing') return [{ file, reason: say`it is missing` }];
    return config === 'damaged' ? [{ file, reason: say`its content does not match its checksum` }] : [];
  });
}

async function putConfig(repository: Repository): Promise<void> {
  for (const name of configNames) await putSealedJson(join(repository.folder, name), configOf(repository));
}

function configOf({ id, source: { setName, replicaSetId }, encryption }: Repository): Config {
  const source = { setName, ...(replicaSetId === undefined ? {} : { replicaSetId }) };
  return { formatVersion, repositoryId: id, source, ...(encryption ? { encryption } : {}) };
}

/** A crash between the two leaves one of them. */
async function completeConfig(repository: Repository): Promise<void> {
  for (const name of configNames) {
    const path = join(repository.folder, name);
    if ((await readConfigFile(path)) === 'missing') await putSealedJson(path, configOf(repository));
  }
}

async function readConfig(folder: string): Promise<Repository | undefined> {
  const config = await findConfig(folder);
  return config && (await repositoryOf(folder, config));
}

async function findConfig(folder: string): Promise<Config | undefined> {
  let found: 'missing' | 'damaged' = 'missing';
  for (const name of configNames) {
    const config = await readConfigFile(join(folder, name));
    if (config === 'missing') continue;
    if (config === 'damaged') found = config;
    else return config;
  }
  if (found === 'missing') return undefined;
  refuseVersion(await foreignVersion(join(folder, configNames[0])));
  throw new BackupError('damaged', say`the config.json in ${folder} is not a Mongo Rewind repository's`, {
    hint: say`Choose another folder, or bring this file back from a copy.`,
  });
}

interface Config {
  readonly formatVersion: number;
  readonly repositoryId: string;
  readonly source: { readonly setName: string; readonly replicaSetId?: string };
  readonly encryption?: EncryptionConfig;
}

async function readConfigFile(path: string): Promise<Config | 'missing' | 'damaged'> {
  try {
    return (await readSealedJson(path)) as Config;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'missing';
    if (error instanceof BackupError && error.code === 'damaged') return 'damaged';
    throw storageError(error, path);
  }
}

async function repositoryOf(folder: string, config: Config): Promise<Repository> {
  refuseVersion(config.formatVersion);
  if (config.encryption) await unlock(folder, config.encryption);
  else forgetKey(folder);
  const { setName, replicaSetId } = config.source;
  return {
    folder,
    id: config.repositoryId,
    source: { setName, replicaSetId },
    encryption: config.encryption,
  };
}

/** The version that a config states which is not sealed as ours are. */
async function foreignVersion(path: string): Promise<number> {
  try {
    const { formatVersion: version } = JSON.parse(await readFile(path, 'utf8')) as {
      formatVersion?: unknown;
    };
    return typeof version === 'number' ? version : formatVersion;
  } catch {
    return formatVersion; // no config of any version: the caller says so
  }
}

function refuseVersion(version: number): void {
  if (version === formatVersion) return;
  throw new BackupError(
    'formatVersion',
    say`this repository has format version ${String(version)}; this program knows ${String(formatVersion)}`,
    { hint: say`Update Mongo Rewind, or choose another folder.` },
  );
}

function refuseOther(known: SourceIdentity, source: SourceIdentity): void {
  const sameId =
    known.replicaSetId === undefined ||
    source.replicaSetId === undefined ||
    known.replicaSetId === source.replicaSetId;
  if (known.setName === source.setName && sameId) return;
  throw new BackupError(
    'wrongSource',
    say`this repository belongs to another replica set (${known.setName}${known.replicaSetId ? ` ${known.replicaSetId}` : ''})`,
    { hint: say`Use one folder for each replica set.` },
  );
}
