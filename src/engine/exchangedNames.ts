import type { CatalogueCommand } from '../core/catalogueCommand';
import { databaseOf, readCommand } from '../core/catalogueCommand';
import { EXCHANGE, NameExchange } from '../core/nameExchange';
import { formatNamespace } from '../core/namespace';
import { safetyCopyOf, temporaryOf } from '../core/rewindNames';
import type { Exchange } from './exchange';
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

/**
 * The views that restores in place of the span changed, as they noted it; `undefined` where one of them noted nothing
 * here.
 */
export function exchangedViews(
  { segments, from, to }: Span,
  database: string,
  exchanges: readonly Exchange[],
): ReadonlySet<string> | undefined {
  const views = new Set<string>();
  for (const change of segments.flatMap(({ changes }) => changes)) {
    if (change.ts <= from || change.ts > to || change.op !== 'c') continue;
    const command = readCommand(change);
    if (command.kind !== 'rename' || databaseOf(command.to) !== database) continue;
    if (restored(command) === undefined) continue;
    const exchange = exchanges.find(({ swaps }) =>
      swaps.some((swap) => swap.temporary === command.from || swap.safetyCopy === command.to),
    );
    if (!exchange) return undefined;
    for (const { ns } of exchange.views) views.add(formatNamespace(ns));
  }
  return views;
}

function restored({ from, to }: Rename): string | undefined {
  return temporaryOf(from) ?? safetyCopyOf(to) ?? safetyCopyOf(from);
}

function givenUp(exchange: NameExchange, { from, to }: Rename): string | undefined {
  return exchange.step(from, to) === undefined ? undefined : from;
}
