import { CoreError } from '../core/coreError';
import { readOplogEntry } from '../core/oplogEntry';
import { splitDocuments } from '../core/rawDocument';
import { quote } from '../core/say';
import type { Segment } from '../core/segment';
import type { ClusterTime } from '../core/time';
import { type Operation, TransactionAssembler } from '../core/transactions';
import { BackupError } from './errors';
import type { RepositoryReader } from './ports';

/**
 * The operations that became visible in `(after, through]`, in order, some at a time. `segments` are unbroken and
 * reach from before `after`, and before any transaction that was open then, to `through`.
 */
export function readOperations(
  repository: Pick<RepositoryReader, 'readSegment'>,
  segments: readonly Segment[],
  after: ClusterTime,
  through: ClusterTime,
  signal: AbortSignal,
): AsyncGenerator<Operation[], void> {
  return read(repository, segments, () => true, after, through, signal, 'kept');
}

/**
 * {@link readOperations}, all of these collections and maybe others: segments that have nothing of them are not read.
 * Operations that are `passing` hold nothing any more once the next ones are asked for.
 */
export function readOperationsOf(
  repository: Pick<RepositoryReader, 'readSegment'>,
  segments: readonly Segment[],
  uuids: ReadonlySet<string>,
  after: ClusterTime,
  through: ClusterTime,
  signal: AbortSignal,
  use: 'kept' | 'passing' = 'kept',
): AsyncGenerator<Operation[], void> {
  const needed = neededFor(segments, uuids);
  return read(repository, segments, (segment) => needed.has(segment), after, through, signal, use);
}

/** Few enough that the garbage collector's young generation is all that they ever see. */
const atOnce = 500;

async function* read(
  repository: Pick<RepositoryReader, 'readSegment'>,
  segments: readonly Segment[],
  isNeeded: (segment: Segment) => boolean,
  after: ClusterTime,
  through: ClusterTime,
  signal: AbortSignal,
  use: 'kept' | 'passing',
): AsyncGenerator<Operation[], void> {
  const assembler = new TransactionAssembler();
  const from = readFrom(segments, after);
  for (const segment of segments) {
    if (segment.through <= from || segment.after >= through || !isNeeded(segment)) continue;
    for await (const batch of repository.readSegment(segment, from, through, signal)) {
      let operations: Operation[] = [];
      for (const document of splitDocuments(batch.bytes)) {
        const entry = readOplogEntry(document);
        if (entry.ts <= from) continue;
        if (entry.ts > through) break;
        for (const operation of pushed(assembler, entry))
          if (operation.ts > after) operations.push(operation);
        if (operations.length < atOnce) continue;
        yield operations;
        operations = [];
      }
      if (operations.length > 0) yield operations;
      // A transaction that is still open holds views of what was read.
      if (use === 'passing' && assembler.openSince() === undefined) batch.release?.();
    }
  }
}

/**
 * The segments that hold something of the collections, and those before them in which a transaction began that was
 * still open: so no chain that is read is read in part.
 */
function neededFor(segments: readonly Segment[], uuids: ReadonlySet<string>): ReadonlySet<Segment> {
  const needed = new Set<Segment>();
  let openSince: ClusterTime | undefined;
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at] as Segment;
    const isSpanned = openSince !== undefined && segment.through >= openSince;
    if (!isSpanned && !holds(segment, uuids)) continue;
    needed.add(segment);
    const before = segments[at - 1]?.openSince;
    if (before !== undefined && (openSince === undefined || before < openSince)) openSince = before;
  }
  return needed;
}

function holds({ collections, changes }: Segment, uuids: ReadonlySet<string>): boolean {
  for (const uuid of uuids) if ((collections[uuid] ?? 0) > 0) return true;
  return changes.some(({ ui }) => ui !== undefined && uuids.has(ui));
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
    if (error instanceof CoreError) throw new BackupError(error.code, quote(error.message), { cause: error });
    throw error;
  }
}
