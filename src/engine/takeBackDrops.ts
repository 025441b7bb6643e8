import { parseNamespace } from '../core/namespace';
import { say } from '../core/say';
import { shownNamespace } from '../core/view';
import { bringBack, planBringBack } from './bringBack';
import type { Undoing } from './undoing';
import type { UndoPart } from './undoPart';

/** Brings collections back that are gone; where others have their names, only their documents. */
export async function takeBackDrops(
  undoing: Undoing,
  { namespaces, at }: UndoPart & { kind: 'bringBack' },
): Promise<void> {
  const { dryRun, stamp, onProgress } = undoing.settings;
  const ports = { ...undoing.ports, collections: undoing.collectionsThen() };
  const plan = await planBringBack(ports, namespaces, at, undoing.signal);
  if (plan.free.length > 0) {
    const names = plan.free.join(', ');
    undoing.tell(
      dryRun
        ? say`${names} would come back with options and indexes`
        : say`${names} came back with options and indexes`,
    );
  }
  if (!dryRun && plan.free.length > 0) {
    const { onConflict } = undoing;
    const request = { at, stamp, onProgress, onConflict };
    const { documents, warnings } = await bringBack(undoing.ports, plan.free, request, undoing.signal);
    undoing.countRestored(documents);
    undoing.tell(...warnings);
  } else {
    undoing.tell(...plan.warnings);
  }
  for (const { ns, documents } of dryRun ? plan.freeDocuments : []) {
    for await (const { id } of documents()) undoing.count({ ns, id, change: 'restore', fields: [] });
  }
  for (const { ns, documents, holder, refusal } of plan.taken) {
    const namespace = parseNamespace(ns);
    if (!namespace) continue;
    const isStuck = holder.uuid !== undefined && undoing.stuck.has(holder.uuid);
    const why = isStuck ? say`another collection has the name, which could not be renamed back` : refusal;
    if (why !== undefined) {
      undoing.conflict(shownNamespace(ns), why);
      continue;
    }
    undoing.tell(say`${shownNamespace(ns)} exists again: it keeps its options and indexes`);
    await undoing.write(namespace, holder, documents());
  }
}
