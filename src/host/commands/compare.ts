import * as vscode from 'vscode';
import { formatNamespace } from '../../core/namespace';
import { compareFlow, type CollectionDiff } from '../compareFlow';
import type { Host } from '../host';
import { PastDocuments } from '../pastDocuments';
import { pickMoment } from '../pickMoment';
import { pickScope } from '../pickScope';
import { targetConnection, type CommandTarget } from '../target';
import { targetEvent, type EventTarget } from '../targetEvent';

export interface CompareTarget extends CommandTarget {
  /** The later of the two times. */
  readonly to?: string;
}

/** What is different now from a moment: the one in `target`, of an event, of the active past document, or asked for. */
export async function compareWithNow(
  host: Host,
  given?: (CompareTarget & EventTarget) | vscode.Uri,
): Promise<readonly CollectionDiff[] | undefined> {
  const target: (CompareTarget & EventTarget) | undefined = given instanceof vscode.Uri ? past(given) : given;
  if (target?.event !== undefined) {
    const chosen = await targetEvent(host, target, '');
    if (!chosen) return undefined;
    const { connection, event } = chosen;
    return await compareFlow(host, { connection, scope: event.ns, from: `before:${event.id}`, to: 'latest' });
  }
  return await compare(host, { to: 'latest', ...(target ?? past(activeUri())) });
}

/** What is different between any two recorded times. */
export async function compareTimes(
  host: Host,
  given?: CompareTarget | vscode.Uri,
): Promise<readonly CollectionDiff[] | undefined> {
  return await compare(host, given instanceof vscode.Uri ? past(given) : (given ?? past(activeUri())));
}

function activeUri(): vscode.Uri | undefined {
  return vscode.window.activeTextEditor?.document.uri;
}

/** The collection and time of a past document, whose menus name it by its URI. */
function past(uri: vscode.Uri | undefined): CompareTarget | undefined {
  const place = uri && PastDocuments.placeOf(uri);
  return place && { connection: place.connection, ns: formatNamespace(place.namespace), at: place.at };
}

async function compare(
  host: Host,
  target: CompareTarget | undefined,
): Promise<readonly CollectionDiff[] | undefined> {
  const title =
    target?.to === 'latest' ? vscode.l10n.t('Compare with Now') : vscode.l10n.t('Compare Two Times');
  const connection = await targetConnection(host, target, vscode.l10n.t('Compare which connection?'));
  if (!connection) return undefined;
  const status = await host.statuses.refresh(connection.id);
  const from = target?.at ?? (await pickMoment(`${title}: ${vscode.l10n.t('from')}`, status));
  if (from === undefined) return undefined;
  const to = target?.to ?? (await pickMoment(`${title}: ${vscode.l10n.t('to')}`, status));
  if (to === undefined) return undefined;
  const { repository } = connection;
  const options = { placeHolder: vscode.l10n.t('What to compare'), collectionsOnly: true };
  const scope = target?.ns ?? (await pickScope(host, title, repository, from, options));
  return scope === undefined ? undefined : await compareFlow(host, { connection, scope, from, to });
}
