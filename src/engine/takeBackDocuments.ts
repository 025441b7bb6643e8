import { formatNamespace, type Namespace } from '../core/namespace';
import { say } from '../core/say';
import { isSameTimeseries, shownNamespace, timeseriesOfBuckets } from '../core/view';
import { dropIfEmpty } from './dropIfEmpty';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** Puts documents back; after that, a collection that the event made goes if it is empty. */
export async function takeBackDocuments(
  undoing: Undoing,
  part: UndoPart & { kind: 'documents' },
): Promise<void> {
  const { uuid, was } = part;
  const found = await undoing.find(part.ns, uuid);
  if (!found) {
    if (!part.wasCreated) undoing.conflict(part.ns, say`the collection does not exist any more`);
    return;
  }
  const { ns, live } = found;
  if (was && timeseriesOfBuckets(part.ns) !== undefined && !isSameTimeseries(was, live.options)) {
    undoing.otherForm.add(uuid);
    undoing.conflict(shownNamespace(part.ns), say`it has other time-series options now`);
    return;
  }
  await undoing.write(ns, live, part.changes());
  if (part.wasCreated && live.uuid === uuid) await dropWhatWasMade(undoing, ns, uuid);
}

async function dropWhatWasMade(undoing: Undoing, ns: Namespace, uuid: string): Promise<void> {
  const name = shownNamespace(formatNamespace(ns));
  const { dryRun, stamp } = undoing.settings;
  if (dryRun) {
    undoing.tell(say`${name} would be dropped if nothing is left in it`);
    undoing.freed.add(name);
    return;
  }
  const drop = await dropIfEmpty(undoing.ports, { ns, uuid }, stamp, undoing.signal);
  if (drop.kind === 'dropped') {
    undoing.tell(say`${name} was dropped: nothing was left in it`);
  } else if (drop.kind === 'taken') {
    const aside = formatNamespace(drop.aside);
    undoing.conflict(name, say`it was written to while it was dropped: ${aside} has what came first`);
  }
}
