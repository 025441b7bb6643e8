import { formatNamespace, parseNamespace } from '../core/namespace';
import { say } from '../core/say';
import { freeSafetyName } from './dropIfEmpty';
import type { LiveRename } from './portsLive';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** Gives a collection its name back, unless it was renamed once more or another one has it. */
export async function takeBackRename(
  undoing: Undoing,
  { uuid, from, to, aside }: UndoPart & { kind: 'rename' },
): Promise<void> {
  const collections = undoing.collectionsThen();
  const [source, target] = [parseNamespace(from), parseNamespace(to)];
  if (!source || !target) return;
  const live = await collections.list(source.database, undoing.signal);
  const there =
    target.database === source.database ? live : await collections.list(target.database, undoing.signal);
  const own = live.find((c) => c.uuid === uuid);
  if (own?.name === target.collection) return;
  undoing.stuck.add(uuid);
  if (own?.name !== source.collection) {
    undoing.conflict(
      to,
      own ? say`it was renamed since, to ${own.name}` : say`the collection does not exist any more`,
    );
    return;
  }
  const holder = there.find((c) => c.name === target.collection);
  if (holder && holder.uuid !== aside) {
    undoing.conflict(to, say`another collection has the name`);
    return;
  }
  const renames: LiveRename[] = [{ kind: 'rename', from: source, to: target }];
  const copy = { ...target, collection: freeSafetyName(target.collection, undoing.settings.stamp, there) };
  if (holder) renames.unshift({ kind: 'rename', from: target, to: copy });
  const kept = holder ? say`, and what it was until now is kept as ${formatNamespace(copy)}` : '';
  if (undoing.settings.dryRun) {
    undoing.tell(say`${from} would be called ${to} again${kept}`);
    undoing.freed.add(from);
    undoing.stuck.delete(uuid);
    return;
  }
  undoing.signal.throwIfAborted();
  await collections.rename(renames);
  undoing.stuck.delete(uuid);
  undoing.tell(say`${from} is called ${to} again${kept}`);
}
