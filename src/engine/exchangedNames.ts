import { databaseOf, readCommand } from '../core/catalogueCommand';
import { safetyCopyOf, temporaryOf } from '../core/rewindNames';
import type { Span } from './span';

/** The names that restores in place exchanged in the span, and the collections that they gave them to or took them from. */
export function exchangedIn(
  { segments, from, to }: Span,
  database: string,
): { readonly names: ReadonlySet<string>; readonly uuids: ReadonlySet<string> } {
  const names = new Set<string>();
  const uuids = new Set<string>();
  for (const change of segments.flatMap(({ changes }) => changes)) {
    if (change.ts <= from || change.ts > to || change.op !== 'c') continue;
    const command = readCommand(change);
    if (command.kind !== 'rename' || databaseOf(command.to) !== database) continue;
    const original = temporaryOf(command.from) ?? safetyCopyOf(command.to) ?? safetyCopyOf(command.from);
    if (original === undefined) continue;
    names.add(original);
    if (change.ui !== undefined) uuids.add(change.ui);
  }
  return { names, uuids };
}
