import { indexName } from '../core/indexSpec';
import { type Said, say } from '../core/say';
import { indexesBack, putIndexesBack } from './undoIndexes';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** Indexes that were made anew since, otherwise than before, stay as they are. */
export async function takeBackIndexes(
  undoing: Undoing,
  { ns: name, uuid, was, is }: UndoPart & { kind: 'indexes' },
): Promise<void> {
  const { indexes, target, content } = undoing.ports;
  const found = await undoing.find(name, uuid);
  if (!found) {
    undoing.conflict(name, say`the collection does not exist any more`);
    return;
  }
  const { ns, live } = found;
  const back = indexesBack(was, is, await indexes.list(ns, undoing.signal));
  if (back.changed.length > 0) {
    undoing.conflict(name, say`its indexes ${back.changed.join(', ')} changed since`);
  }
  const { dryRun } = undoing.settings;
  const [dropped, built] = [back.drop.join(', '), back.create.map(indexName).join(', ')];
  if (dropped !== '') {
    undoing.tell(
      dryRun
        ? say`the indexes ${dropped} of ${name} would be dropped`
        : say`the indexes ${dropped} of ${name} were dropped`,
    );
  }
  const refusals: Said[] = [];
  if (!dryRun) {
    const serverVersion = content.snapshots.at(-1)?.serverVersion ?? '';
    const of = { ns, options: live.options, serverVersion };
    const ports = { indexes, catalogue: target.catalogue };
    await putIndexesBack(ports, of, back, (reason) => refusals.push(reason), undoing.signal);
    for (const reason of refusals) undoing.conflict(name, reason);
  }
  if (built !== '' && refusals.length === 0) {
    undoing.tell(
      dryRun
        ? say`the indexes ${built} of ${name} would be built again`
        : say`the indexes ${built} of ${name} were built again`,
    );
  }
}
