import { CoreError } from '../core/coreError';
import { readOplogEntry } from '../core/oplogEntry';
import { splitDocuments } from '../core/rawDocument';
import type { Segment } from '../core/segment';
import type { ClusterTime } from '../core/time';
import { type Operation, TransactionAssembler } from '../core/transactions';
import { BackupError } from './errors';
import type { RepositoryReader } from './ports';

/**
 * The operations that became visible in `(after, through]`, in order, some at a time. `segments` are unbroken and
 * reach from before `after`, and before any transaction that was open then, to `through`.
 */
export async function* readOperations(
  repository: Pick<RepositoryReader, 'readSegment'>,
  segments: readonly Segment[],
  after: ClusterTime,
  through: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<Operation[], void> {
  const assembler = new TransactionAssembler();
  const from = readFrom(segments, after);
  for (const segment of segments) {
    if (segment.through <= from || segment.after >= through) continue;
    for await (const batch of repository.readSegment(segment, from, through, signal)) {
      const operations: Operation[] = [];
      for (const document of splitDocuments(batch.bytes)) {
        const entry = readOplogEntry(document);
        if (entry.ts <= from) continue;
        if (entry.ts > through) break;
        for (const operation of pushed(assembler, entry))
          if (operation.ts > after) operations.push(operation);
      }
      if (operations.length > 0) yield operations;
    }
  }
}

/** Where reading must begin (exclusive), so that no transaction that commits after `after` is cut. */
function readFrom(segments: readonly Segment[], after: ClusterTime): ClusterTime {
  const at = segments.findIndex((s) => s.through > after);
  const segment = segments[at];
  if (!segment) return after;
  const openSince = segments[at - 1]?.openSince;
  return openSince !== undefined && openSince <= segment.after
    ? ((openSince - 1n) as ClusterTime)
    : segment.after;
}

function pushed(assembler: TransactionAssembler, entry: ReturnType<typeof readOplogEntry>): Operation[] {
  try {
    return assembler.push(entry);
  } catch (error) {
    if (error instanceof CoreError) throw new BackupError(error.code, error.message, { cause: error });
    throw error;
  }
}
