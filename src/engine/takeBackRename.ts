import { formatNamespace, parseNamespace } from '../core/namespace';
import { exchangeOf } from '../core/rewindNames';
import { type Said, say } from '../core/say';
import { freeSafetyName } from './dropIfEmpty';
import type { LiveRename } from './portsLive';
import type { Undoing } from './undoing';
import type { RenamePart } from './undoPart';
import { unstoppable } from './unstoppable';

/** Gives a collection its name back, unless it was renamed once more or another one has it. */
export async function takeBackRename(undoing: Undoing, { uuid, from, to, aside }: RenamePart): Promise<void> {
  const collections = undoing.collectionsThen();
  const target = parseNamespace(to);
  if (!target) return;
  const live = await collections.list(target.database, undoing.signal);
  const own = live.find((c) => c.uuid === uuid);
  if (own?.name === target.collection) return;
  undoing.stuck.add(uuid);
  const source = { ...target, collection: own?.name ?? '' };
  const isPassing = exchangeOf(source.collection) !== undefined;
  if (!own || (formatNamespace(source) !== from && !isPassing)) {
    undoing.conflict(to, reasonOf(own?.name));
    return;
  }
  const holder = live.find((c) => c.name === target.collection);
  if (holder && holder.uuid !== aside) {
    const reason = isPassing
      ? say`another collection has the name: it is called ${own.name} until it can be renamed`
      : say`another collection has the name`;
    undoing.conflict(to, reason);
    return;
  }
  const rename: LiveRename = { kind: 'rename', from: source, to: target };
  const copy = { ...target, collection: freeSafetyName(target.collection, undoing.settings.stamp, live) };
  const keep: LiveRename[] = holder ? [{ kind: 'rename', from: target, to: copy }] : [];
  const kept = holder ? say`, and what it was until now is kept as ${formatNamespace(copy)}` : '';
  if (undoing.settings.dryRun) {
    undoing.tell(say`${formatNamespace(source)} would be called ${to} again${kept}`);
    undoing.freed.add(formatNamespace(source));
    undoing.stuck.delete(uuid);
    return;
  }
  undoing.signal.throwIfAborted();
  await collections.rename([...keep, rename]);
  const renamed = await collections.list(target.database, unstoppable);
  if (renamed.some((c) => c.name === target.collection && c.uuid === uuid)) {
    undoing.stuck.delete(uuid);
    undoing.tell(say`${formatNamespace(source)} is called ${to} again${kept}`);
    return;
  }
  for (const { from: was, to: is } of [rename, ...keep]) {
    if (renamed.some((c) => c.name === is.collection))
      await collections.rename([{ kind: 'rename', from: is, to: was }]);
  }
  undoing.conflict(to, reasonOf(renamed.find((c) => c.uuid === uuid)?.name));
}

function reasonOf(name: string | undefined): Said {
  return name === undefined
    ? say`the collection does not exist any more`
    : say`it was renamed since, to ${name}`;
}
