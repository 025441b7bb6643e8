import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { CoreError } from '../core/coreError';
import { readEntryTime } from '../core/oplogEntry';
import { splitDocuments } from '../core/rawDocument';
import { quote, say } from '../core/say';
import { type ClusterTime, justBefore } from '../core/time';
import { TransactionAssembler } from '../core/transactions';
import { BackupError } from '../engine/errors';
import type { ImportedLineageWriter } from '../engine/ports';
import { files, type WritableFile } from './files';
import { cipherFor, endingFor } from './encryption';
import { dataEndingFor, indexOfData, openNameFor } from './fileNames';
import { noteFolder } from './foldersFile';
import { packFrame } from './frameFile';
import { errnoOf, storageError, syncFolder } from './putFile';
import { putSealedJson } from './sealedJson';
import { SegmentBuilder } from './segmentBuilder';
import { importedLineageIds } from './segmentCatalog';
import { lineageToJson, segmentIndexToJson, segmentName } from './segmentJson';
import { putUnfinished, unfinishedName } from './unfinished';

const segmentBytes = 16 << 20;

interface OpenSegment {
  readonly file: WritableFile;
  readonly builder: SegmentBuilder;
  readonly hash: Hash;
  end: number;
}

/** Begins a lineage for a dump: `i0001`, `i0002`, … It exists once `lineage.json` is written, which is last. */
export async function importedLineage(folder: string): Promise<ImportedLineageWriter> {
  try {
    const id = await newFolder(folder);
    const path = join(folder, 'oplog', id);
    await putUnfinished(path, 'taking', undefined);
    return writer(folder, id);
  } catch (error) {
    throw storageError(error, folder);
  }
}

function writer(repository: string, id: string): ImportedLineageWriter {
  const folder = join(repository, 'oplog', id);
  const assembler = new TransactionAssembler();
  let first: ClusterTime | undefined;
  let through: ClusterTime | undefined;
  let chain = '';
  let open: OpenSegment | undefined;
  const seal = async (): Promise<void> => {
    if (!open) return;
    await open.file.sync();
    await open.file.close();
    const index = open.builder.index(open.hash.digest('hex'));
    open = undefined;
    const name = segmentName(index);
    await files().rename(join(folder, openNameFor(folder)), join(folder, `${name}${dataEndingFor(folder)}`));
    await putSealedJson(
      join(folder, indexOfData(`${name}${dataEndingFor(folder)}`)),
      segmentIndexToJson(index),
    );
    ({ chain } = index);
  };
  return {
    id,
    async append(batch) {
      if (batch.documents === 0) return;
      const times = [...splitDocuments(batch.bytes)].map(readEntryTime);
      refuseDisorder(times, through);
      const [begins] = times;
      if (begins === undefined) return;
      first ??= begins;
      const after = through ?? justBefore(begins);
      const ends = times.at(-1) ?? begins;
      const packed = await packFrame(
        batch,
        after,
        ends,
        endingFor(folder) === '' ? undefined : cipherFor(folder),
      );
      through = ends;
      if (!open) {
        const file = await files().open(join(folder, openNameFor(folder)), 'wx');
        const builder = new SegmentBuilder(id, after, chain, assembler);
        open = { file, builder, hash: createHash('sha256'), end: 0 };
      }
      await open.file.write(packed.bytes, open.end);
      open.hash.update(packed.bytes);
      indexed(() => open?.builder.add({ ...packed.facts, offset: open.end }, batch, packed.bytes.length));
      open.end += packed.bytes.length;
      if (open.builder.bytes >= segmentBytes) await seal();
    },
    async finish(startedAtMs) {
      await seal();
      if (first === undefined || through === undefined) throw new Error('a lineage without entries');
      const lineage = { id, start: first, startedAtMs, imported: true as const };
      await syncFolder(folder);
      await putSealedJson(join(folder, 'lineage.json'), lineageToJson(lineage));
      await files().unlink(join(folder, unfinishedName));
      await syncFolder(folder);
      await syncFolder(join(folder, '..'));
      await noteFolder(repository, 'oplog', id, first, through);
      return { start: first, through };
    },
    async discard() {
      await open?.file.close();
      await files().removeTree(folder);
    },
  };
}

async function newFolder(repository: string): Promise<string> {
  const oplog = join(repository, 'oplog');
  for (;;) {
    const taken = await importedLineageIds(repository);
    const id = `i${String(Number(taken.at(-1)?.slice(1) ?? '0') + 1).padStart(4, '0')}`;
    try {
      await files().makeNewFolder(join(oplog, id));
      return id;
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}

function refuseDisorder(times: readonly ClusterTime[], through: ClusterTime | undefined): void {
  let last = through;
  for (const time of times) {
    if (last !== undefined && time <= last) {
      throw new BackupError('badInput', say`the oplog of the dump is not in order`, {
        hint: say`Nothing was imported. Use the oplog.bson that mongodump --oplog wrote.`,
      });
    }
    last = time;
  }
}

/** Reads what the index says of entries; a log that begins in a transaction or names unknown commands is refused. */
function indexed(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof CoreError) throw new BackupError(error.code, quote(error.message), { cause: error });
    throw error;
  }
}
