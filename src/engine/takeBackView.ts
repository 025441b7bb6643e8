import { parseNamespace } from '../core/namespace';
import { type Said, say } from '../core/say';
import { isSameView } from '../core/view';
import type { LiveChange, LiveCollection } from './portsLive';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** A view that was made, defined or dropped once more since stays as it is. */
export async function takeBackView(
  undoing: Undoing,
  { ns: name, was, is }: UndoPart & { kind: 'view' },
): Promise<void> {
  const ns = parseNamespace(name);
  if (!ns) return;
  const holder = await undoing.holder(name);
  if (isDefinedAs(holder, was)) return;
  if (!isDefinedAs(holder, is)) {
    undoing.conflict(name, reasonOfHolder(holder, is));
    return;
  }
  const { dryRun } = undoing.settings;
  undoing.tell(viewSaid(name, was, is, dryRun));
  if (dryRun) {
    if (was === undefined) undoing.freed.add(name);
    return;
  }
  const changes: LiveChange[] = [];
  if (is) changes.push({ kind: 'dropView', ns, options: is });
  if (was) changes.push({ kind: 'createView', ns, options: was });
  await undoing.ports.collections.rename(changes);
}

function isDefinedAs(holder: LiveCollection | undefined, options: Uint8Array | undefined): boolean {
  if (!holder || !options) return !holder && !options;
  return holder.type === 'view' && isSameView(holder.options, options);
}

function reasonOfHolder(holder: LiveCollection | undefined, expected: Uint8Array | undefined): Said {
  if (holder && holder.type !== 'view') return say`another collection has the name`;
  return expected ? say`the view changed since` : say`it exists again`;
}

function viewSaid(
  name: string,
  was: Uint8Array | undefined,
  is: Uint8Array | undefined,
  dryRun: boolean,
): Said {
  if (!was) return dryRun ? say`the view ${name} would be dropped` : say`the view ${name} was dropped`;
  if (!is) return dryRun ? say`the view ${name} would come back` : say`the view ${name} came back`;
  return dryRun
    ? say`the view ${name} would be defined as before`
    : say`the view ${name} is defined as before`;
}
