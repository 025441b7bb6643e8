import { createCipheriv, createDecipheriv, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { resolve, sep } from 'node:path';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';

/*
 * Everything that holds documents, or names from them, is encrypted with AES-256-GCM under one random key of the
 * repository. That key is kept in its config, encrypted in the same way under a key that scrypt makes of the
 * passphrase: so the passphrase is checked by opening it. Encrypted files end in `.enc`.
 */

/** The part of a config that says how its files are encrypted; bytes as base64. */
export interface EncryptionConfig {
  readonly cipher: 'aes-256-gcm';
  readonly kdf: {
    readonly name: 'scrypt';
    readonly n: number;
    readonly r: number;
    readonly p: number;
    readonly salt: string;
  };
  /** The repository's key, encrypted under the passphrase's. */
  readonly key: string;
}

/** Encrypts and decrypts pieces; each gets a random nonce before it and a tag behind it. */
export interface Cipher {
  /** `context` is not kept: it must be given again to open the piece. */
  seal(plain: Uint8Array, context?: Uint8Array): Uint8Array;
  /** `undefined` where the piece is damaged. */
  open(sealed: Uint8Array, context?: Uint8Array): Uint8Array | undefined;
}

/** Ending of encrypted files. */
export const encryptedEnding = '.enc';

const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;
/** 128 MB and some 0.3 s for each guess. */
const cost = { n: 1 << 17, r: 8, p: 1 };
const environmentName = 'MONGO_REWIND_PASSPHRASE';

interface Unlocked {
  readonly cipher: Cipher;
  readonly key: string;
  readonly passphrase: Buffer;
}

/** Passphrases given for this process, and repositories that were unlocked with them, by absolute folder. */
const given = new Map<string, string>();
const unlocked = new Map<string, Unlocked>();

/** Says what passphrase to use for a repository from now on; the environment's where none is given. */
export function usePassphrase(folder: string, passphrase: string | undefined): void {
  if (passphrase === undefined) given.delete(resolve(folder));
  else given.set(resolve(folder), passphrase);
}

/** The passphrase to use for a repository, if there is one. */
export function passphraseFor(folder: string): string | undefined {
  const passphrase = given.get(resolve(folder)) ?? process.env[environmentName];
  return passphrase === '' ? undefined : passphrase;
}

/** Makes the key of a new repository and unlocks it. */
export async function newEncryption(folder: string, passphrase: string): Promise<EncryptionConfig> {
  const key = randomBytes(keyLength);
  const salt = randomBytes(16);
  const outer = cipherWith(await derive(passphrase, salt, cost));
  const config: EncryptionConfig = {
    cipher: 'aes-256-gcm',
    kdf: { name: 'scrypt', ...cost, salt: salt.toString('base64') },
    key: Buffer.from(outer.seal(key)).toString('base64'),
  };
  keep(folder, config, passphrase, key);
  return config;
}

/** Makes a repository's files readable for this process. Throws `wrongPassphrase` where that cannot be. */
export async function unlock(folder: string, config: EncryptionConfig): Promise<void> {
  const passphrase = passphraseFor(folder);
  if (passphrase === undefined) {
    throw new BackupError('wrongPassphrase', say`this repository is encrypted and needs its passphrase`, {
      hint: say`Set ${environmentName}.`,
    });
  }
  const known = unlocked.get(resolve(folder));
  if (known?.key === config.key && same(known.passphrase, Buffer.from(passphrase))) return;
  const key = await keyWith(config, passphrase);
  if (!key) {
    throw new BackupError('wrongPassphrase', say`the passphrase is not the one of this repository`, {
      hint: say`Nothing was read or written. Without its passphrase a repository cannot be read by anyone.`,
    });
  }
  keep(folder, config, passphrase, key);
}

/** Whether a passphrase is the one of a repository; nothing is unlocked with it. */
export async function opensWith(config: EncryptionConfig, passphrase: string): Promise<boolean> {
  return (await keyWith(config, passphrase)) !== undefined;
}

/** The repository's key; `undefined` where the passphrase is not its own. */
async function keyWith(config: EncryptionConfig, passphrase: string): Promise<Uint8Array | undefined> {
  const salt = Buffer.from(config.kdf.salt, 'base64');
  const outer = cipherWith(await derive(passphrase, salt, config.kdf));
  return outer.open(Buffer.from(config.key, 'base64'));
}

/** Forgets that a folder was encrypted: another repository may be there now. */
export function forgetKey(folder: string): void {
  unlocked.delete(resolve(folder));
}

/** `.enc` for the files of an unlocked repository, given any path in it; nothing for those of others. */
export function endingFor(path: string): string {
  return unlockedOf(path) ? encryptedEnding : '';
}

export function isEncrypted(path: string): boolean {
  return path.endsWith(encryptedEnding);
}

/** The cipher for an encrypted file. */
export function cipherFor(path: string): Cipher {
  const found = unlockedOf(path);
  if (found) return found.cipher;
  throw new BackupError('wrongPassphrase', say`${path} is encrypted`, {
    hint: say`Open its repository first.`,
  });
}

function unlockedOf(path: string): Unlocked | undefined {
  const absolute = resolve(path);
  for (const [folder, one] of unlocked) {
    if (absolute === folder || absolute.startsWith(`${folder}${sep}`)) return one;
  }
  return undefined;
}

function keep(folder: string, config: EncryptionConfig, passphrase: string, key: Uint8Array): void {
  unlocked.set(resolve(folder), {
    cipher: cipherWith(key),
    key: config.key,
    passphrase: Buffer.from(passphrase),
  });
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function derive(
  passphrase: string,
  salt: Uint8Array,
  { n, r, p }: { n: number; r: number; p: number },
): Promise<Buffer> {
  return new Promise((done, fail) => {
    const options = { N: n, r, p, maxmem: 256 * n * r };
    scrypt(passphrase.normalize('NFKC'), salt, keyLength, options, (error, key) => {
      if (error) fail(error);
      else done(key);
    });
  });
}

function cipherWith(key: Uint8Array): Cipher {
  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      if (context) cipher.setAAD(context);
      const body = cipher.update(plain);
      return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      if (sealed.length < nonceLength + tagLength) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength));
      decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
      if (context) decipher.setAAD(context);
      try {
        const body = decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength));
        return Buffer.concat([body, decipher.final()]);
      } catch {
        return undefined; // the tag does not fit: another key, or other bytes
      }
    },
  };
}

/** Bytes of a small file at `path`, encrypted in an encrypted repository. */
export function sealedBytes(path: string, bytes: Uint8Array): Uint8Array {
  return endingFor(path) === '' ? bytes : cipherFor(path).seal(bytes);
}
