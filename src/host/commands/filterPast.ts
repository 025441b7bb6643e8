import * as vscode from 'vscode';
import { formatNamespace } from '../../core/namespace';
import type { Host } from '../host';
import { PastDocuments } from '../pastDocuments';

export interface FilterTarget {
  /** A past collection; the active one without it. */
  readonly uri?: vscode.Uri;
  readonly filter?: string;
}

/** Shows only those documents of the active past collection that match a query. Answers with the URI of what it opened. */
export async function filterPast(
  host: Host,
  target?: vscode.Uri | FilterTarget,
): Promise<vscode.Uri | undefined> {
  const { uri = vscode.window.activeTextEditor?.document.uri, filter: given }: FilterTarget =
    target instanceof vscode.Uri ? { uri: target } : (target ?? {});
  const document = uri && PastDocuments.read(uri);
  if (!document) return undefined;
  const typed = given ?? (await askFilter(formatNamespace(document.namespace), document.filter));
  if (typed === undefined) return undefined;
  const filter = typed.trim();
  const { connection, at, namespace } = document;
  const wanted = { connection, at, namespace, page: 0, ...(filter === '' ? {} : { filter }) };
  await host.pastDocuments.page(wanted); // what is no query is told here, in words
  const opened = host.pastDocuments.uri(wanted);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(opened), { preview: true });
  return opened;
}

async function askFilter(ns: string, filter: string | undefined): Promise<string | undefined> {
  return await vscode.window.showInputBox({
    title: vscode.l10n.t('Filter {0}', ns),
    prompt: vscode.l10n.t('A MongoDB query in extended JSON; nothing shows all documents'),
    placeHolder: '{"status":"paid","total":{"$gt":100}}',
    ignoreFocusOut: true,
    ...(filter === undefined ? {} : { value: filter }),
    validateInput: (text) => (isQuery(text) ? undefined : vscode.l10n.t('Not extended JSON yet.')),
  });
}

function isQuery(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
