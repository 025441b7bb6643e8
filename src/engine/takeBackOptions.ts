import { databaseOf } from '../core/catalogueCommand';
import { parseNamespace } from '../core/namespace';
import { isSameOption, optionsBack } from '../core/optionsBack';
import { say } from '../core/say';
import { timeseriesOfBuckets } from '../core/view';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** Options that were changed once more since stay as they are. */
export async function takeBackOptions(
  undoing: Undoing,
  { ns, uuid, was, is }: UndoPart & { kind: 'options' },
): Promise<void> {
  const { names, fields, impossible } = optionsBack(was, is);
  const database = databaseOf(ns);
  const live = (await undoing.ports.collections.list(database, undoing.signal)).find((c) => c.uuid === uuid);
  if (!live) {
    undoing.conflict(ns, say`the collection does not exist any more`);
    return;
  }
  if (impossible.length > 0) {
    undoing.conflict(ns, say`it keeps ${impossible.join(', ')}: restore it beside, or run collMod yourself`);
  }
  if (names.every((name) => isSameOption(live.options, was, name))) return;
  if (!names.every((name) => isSameOption(live.options, is, name))) {
    undoing.conflict(ns, say`${names.join(', ')} of it changed since`);
    return;
  }
  const { dryRun } = undoing.settings;
  undoing.tell(
    dryRun
      ? say`${names.join(', ')} of ${ns} would be as before`
      : say`${names.join(', ')} of ${ns} are as before`,
  );
  if (dryRun) return;
  const full = `${database}.${live.name}`;
  const name = parseNamespace(timeseriesOfBuckets(full) ?? full);
  if (name) await undoing.ports.target.catalogue.modify(name, fields, undoing.signal);
}
