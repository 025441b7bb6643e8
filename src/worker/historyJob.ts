import { canonicalExtendedJson } from '../core/extendedJson';
import { parseNamespace } from '../core/namespace';
import type { RawElement } from '../core/rawDocument';
import { readExtendedJsonValue } from '../core/readExtendedJson';
import { say } from '../core/say';
import { formatClusterTime } from '../core/time';
import { documentHistory } from '../engine/documentHistory';
import { BackupError } from '../engine/errors';
import type { HistoryParams, HistoryReport, VersionReport } from '../protocol/job';
import { openReader } from './open';

/** Every recorded version of one document. */
export async function history(params: HistoryParams, signal: AbortSignal): Promise<HistoryReport> {
  const { ns } = params;
  if (!parseNamespace(ns)) {
    throw new BackupError('badInput', say`not a collection: ${ns}`, { hint: say`Use DB.COLLECTION.` });
  }
  const id = readId(params.id);
  const reader = await openReader(params.repository);
  const content = await reader.content();
  const versions: VersionReport[] = [];
  const warnings = new Set<string>();
  const request = { ns, id, onWarning: (warning: string) => void warnings.add(warning) };
  for await (const version of documentHistory(reader, content, request, signal)) {
    const { at, wallMs, op, document, changed } = version;
    const text = document && canonicalExtendedJson(document);
    versions.push({ at: formatClusterTime(at), wallMs, op, document: text, changed });
  }
  if (versions.length > 0) return { versions, warnings: [...warnings] };
  throw new BackupError('notFound', say`no document with that _id was ever seen in ${ns}`, {
    hint: say`Check the _id and its type: {"$oid":"…"} for an ObjectId, "text" for a string, 1 for a number.`,
  });
}

/** An `_id` in extended JSON. Throws `badInput`. */
export function readId(text: string): RawElement {
  try {
    return readExtendedJsonValue('_id', text);
  } catch (error) {
    throw new BackupError('badInput', say`not an _id in extended JSON: ${text}`, {
      hint: say`Write {"$oid":"…"} for an ObjectId, "text" in quotes for a string, 1 for a number.`,
      cause: error,
    });
  }
}
