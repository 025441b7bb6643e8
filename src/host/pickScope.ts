import * as vscode from 'vscode';
import type { PastCollection } from '../protocol/job';
import { collectionIcons } from './collectionIcons';
import type { Host } from './host';
import { documentsText, operationsText } from './planText';

interface ScopeItem extends vscode.QuickPickItem {
  readonly scope?: string;
}

export interface ScopeOptions {
  readonly placeHolder?: string;
  /** Offers no views and time-series collections by themselves: they have no documents of their own. */
  readonly collectionsOnly?: boolean;
}

/**
 * Something of what a repository holds of a moment: `DB`, `DB.COLL`, `''` for the whole deployment; `undefined` when the
 * user turns away.
 */
export async function pickScope(
  host: Host,
  title: string,
  repository: string,
  at: string,
  { placeHolder = vscode.l10n.t('What to bring back'), collectionsOnly = false }: ScopeOptions = {},
): Promise<string | undefined> {
  const all = await host.worker.run('collections', { repository, at });
  const databases = [...new Set(all.map((c) => databaseOf(c.ns)))].sort();
  const collections = collectionsOnly ? all.filter(holdsDocuments) : all;
  const items: ScopeItem[] = [
    { label: `$(server) ${vscode.l10n.t('All databases')}`, scope: '' },
    { label: vscode.l10n.t('Databases'), kind: vscode.QuickPickItemKind.Separator },
    ...databases.map((name) => ({ label: `$(database) ${name}`, scope: name })),
    { label: vscode.l10n.t('Collections'), kind: vscode.QuickPickItemKind.Separator },
    ...collections.map((c) => ({ ...collectionItem(c), scope: c.ns })),
  ];
  return (await vscode.window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true }))?.scope;
}

/** One that holds documents, so neither a view nor a time-series collection. */
export async function pickCollection(
  title: string,
  collections: readonly PastCollection[],
): Promise<string | undefined> {
  const items = collections.filter(holdsDocuments).map((c) => ({ ...collectionItem(c), ns: c.ns }));
  const placeHolder = vscode.l10n.t('The collection to open as it was');
  return (await vscode.window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true }))?.ns;
}

function collectionItem({ ns, type, baseDocuments, operations }: PastCollection): vscode.QuickPickItem {
  const label = `$(${collectionIcons[type]}) ${ns}`;
  if (type === 'view') return { label, description: vscode.l10n.t('view') };
  const since = vscode.l10n.t('{0} since', operationsText(operations));
  return { label, description: `${documentsText(baseDocuments)}, ${since}` };
}

function holdsDocuments({ type }: PastCollection): boolean {
  return type === 'collection';
}

function databaseOf(ns: string): string {
  const dot = ns.indexOf('.');
  return dot < 0 ? ns : ns.slice(0, dot);
}
