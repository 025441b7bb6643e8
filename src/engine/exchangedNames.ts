import type { CatalogueCommand } from '../core/catalogueCommand';
import { databaseOf, readCommand } from '../core/catalogueCommand';
import { EXCHANGE, NameExchange } from '../core/nameExchange';
import { safetyCopyOf, temporaryOf } from '../core/rewindNames';
import type { Span } from './span';

type Rename = CatalogueCommand & { kind: 'rename' };

/**
 * The names that restores in place or undos exchanged in the span, and the collections that they gave them to or took
 * them from. `event`: the name of what did it.
 */
export function exchangedIn(
  { segments, from, to }: Span,
  database: string,
  event: string,
): { readonly names: ReadonlySet<string>; readonly uuids: ReadonlySet<string> } {
  const names = new Set<string>();
  const uuids = new Set<string>();
  const exchange = new NameExchange();
  const exchanged = event === EXCHANGE ? (rename: Rename) => givenUp(exchange, rename) : restored;
  for (const change of segments.flatMap(({ changes }) => changes)) {
    if (change.ts <= from || change.ts > to || change.op !== 'c') continue;
    const command = readCommand(change);
    if (command.kind !== 'rename' || databaseOf(command.to) !== database) continue;
    const name = exchanged(command);
    if (name === undefined) continue;
    names.add(name);
    if (change.ui !== undefined) uuids.add(change.ui);
  }
  return { names, uuids };
}

function restored({ from, to }: Rename): string | undefined {
  return temporaryOf(from) ?? safetyCopyOf(to) ?? safetyCopyOf(from);
}

function givenUp(exchange: NameExchange, { from, to }: Rename): string | undefined {
  return exchange.step(from, to) === undefined ? undefined : from;
}
