import { changedPaths } from '../core/documentDiff';
import { canonicalExtendedJson } from '../core/extendedJson';
import { cappedLimits } from '../core/collectionOptions';
import { formatNamespace, type Namespace } from '../core/namespace';
import { equalBytes, type RawElement } from '../core/rawDocument';
import { quote, say } from '../core/say';
import { type ClusterTime, formatClusterTime } from '../core/time';
import { documentHistory } from './documentHistory';
import { BackupError, protectedConnection } from './errors';
import type { RepositoryContent, RepositoryReader, TargetData } from './ports';
import type { LiveCollections, LiveDocuments } from './portsLive';

export interface RestoreVersionPorts {
  readonly repository: RepositoryReader;
  readonly content: RepositoryContent;
  readonly collections: LiveCollections;
  readonly documents: LiveDocuments;
  readonly data: Pick<TargetData, 'settle'>;
}

export interface RestoreVersionRequest {
  readonly ns: Namespace;
  readonly id: RawElement;
  /** When the version began. */
  readonly at: ClusterTime;
  /** Nothing is written on a protected connection. */
  readonly protected: boolean;
  /** The document as it was shown before, `null` where it was not there: another one is not written over. Absent: look only. */
  readonly seen?: string | null;
}

export interface RestoredVersion {
  /** What is there until now, as canonical extended JSON. */
  readonly current: string | null;
  /** The version, alike. */
  readonly document: string;
  /** Paths of the fields that change; none where it is there already, or only the order of fields differs. */
  readonly fields: readonly string[];
  readonly isSame: boolean;
}

/** Writes one document as it was in one of its versions. Throws `notFound`, `sourceChanged`, `targetExists`, `protected`. */
export async function restoreVersion(
  ports: RestoreVersionPorts,
  { ns, id, at, seen, protected: isProtected }: RestoreVersionRequest,
  signal: AbortSignal,
): Promise<RestoredVersion> {
  if (seen !== undefined && isProtected) throw protectedConnection();
  const document = await versionAt(ports, ns, id, at, signal);
  const isCapped = await isCappedNow(ports.collections, ns, signal);
  const [current] = await ports.documents.read(ns, [id], signal);
  const text = current ? canonicalExtendedJson(current) : null;
  const isSame = current !== undefined && equalBytes(current, document);
  const fields = current ? changedPaths(current, document) : [];
  const result = { current: text, document: canonicalExtendedJson(document), fields, isSame };
  if (seen === undefined || isSame) return result;
  if (seen !== text) throw changedMeanwhile(ns);
  if (!current && isCapped) {
    throw new BackupError(
      'targetExists',
      say`${formatNamespace(ns)} is capped: what comes back would push out newer documents`,
      { hint: say`Restore the collection beside, and copy what you need.` },
    );
  }
  const [refused] = await ports.documents.write(ns, [{ id, expected: current, document }], signal);
  if (refused?.reason === 'changed') throw changedMeanwhile(ns);
  if (refused) {
    throw new BackupError('serverFailed', say`the version was refused: ${quote(refused.message)}`, {
      hint: say`Something else holds a value that must be unique, or the collection does not take this form any more.`,
    });
  }
  await ports.data.settle(signal);
  return result;
}

async function versionAt(
  { repository, content }: RestoreVersionPorts,
  ns: Namespace,
  id: RawElement,
  at: ClusterTime,
  signal: AbortSignal,
): Promise<Uint8Array> {
  let found: Uint8Array | undefined;
  const name = formatNamespace(ns);
  for await (const version of documentHistory(repository, content, { ns: name, id }, signal)) {
    if (version.at > at) break;
    found = version.document?.slice();
  }
  if (found) return found;
  throw new BackupError('notFound', say`the document was not there at ${formatClusterTime(at)}`);
}

/** Throws `notFound` where documents cannot be written by this name. */
async function isCappedNow(
  collections: LiveCollections,
  ns: Namespace,
  signal: AbortSignal,
): Promise<boolean> {
  const live = (await collections.list(ns.database, signal)).find((c) => c.name === ns.collection);
  if (live?.type === 'collection') return cappedLimits(live.options) !== undefined;
  throw new BackupError('notFound', say`${formatNamespace(ns)} is no collection any more`, {
    hint: say`Bring the collection back first.`,
  });
}

function changedMeanwhile(ns: Namespace): BackupError {
  return new BackupError(
    'sourceChanged',
    say`the document in ${formatNamespace(ns)} changed in this moment`,
    {
      hint: say`Look at it again, and try once more.`,
    },
  );
}
