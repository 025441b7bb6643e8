import * as vscode from 'vscode';
import { readCompassExport, readPresets, type FoundConnection } from '../compassExport';
import { readConnectionString, serverOf } from '../connectionString';
import type { Host } from '../host';
import { keepConnection } from './addConnection';

interface Offer extends vscode.QuickPickItem {
  readonly found: FoundConnection;
}

export interface ImportTarget {
  /** An exported file; asked for when left out. */
  readonly file?: vscode.Uri;
  /** Takes all without asking. */
  readonly confirmed?: boolean;
}

/** Takes over connections of MongoDB for VS Code's settings and of a file that Compass exported. */
export async function importConnections(host: Host, target: ImportTarget = {}): Promise<readonly string[]> {
  const title = vscode.l10n.t('Import Connections');
  const presets = target.file ? [] : presetConnections();
  if (presets.length === 0) return await importFile(host, title, target);
  const fromFile = vscode.l10n.t('From a file that MongoDB Compass exported…');
  const fromPresets = vscode.l10n.t('From the settings of MongoDB for VS Code ({0})', presets.length);
  const chosen = target.confirmed
    ? fromPresets
    : await vscode.window.showQuickPick([fromPresets, fromFile], { title });
  if (chosen === fromPresets) return await offerConnections(host, title, presets, target.confirmed);
  return chosen === fromFile ? await importFile(host, title, target) : [];
}

async function importFile(host: Host, title: string, target: ImportTarget): Promise<readonly string[]> {
  const [file] = target.file ? [target.file] : ((await pickFile(title)) ?? []);
  if (!file) return [];
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const read = readCompassExport(text);
  if (read.kind === 'bad') {
    void vscode.window.showErrorMessage(
      vscode.l10n.t('This file holds no connections: export them from MongoDB Compass as JSON.'),
    );
    return [];
  }
  if (read.encrypted > 0)
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'Passwords in this file are encrypted: {0} connections come without theirs. Edit them, or export without a passphrase.',
        read.encrypted,
      ),
    );
  return await offerConnections(host, title, read.connections, target.confirmed);
}

async function pickFile(title: string): Promise<readonly vscode.Uri[] | undefined> {
  return await vscode.window.showOpenDialog({
    title,
    canSelectMany: false,
    openLabel: vscode.l10n.t('Import'),
    filters: { JSON: ['json'] },
  });
}

/** In a workspace that is not trusted only the user's own settings count. */
function presetConnections(): readonly FoundConnection[] {
  const settings = vscode.workspace.getConfiguration('mdb');
  const value = vscode.workspace.isTrusted
    ? settings.get('presetConnections')
    : settings.inspect('presetConnections')?.globalValue;
  return readPresets(value);
}

/** Lets the user pick among connections that are not there yet, and keeps the picked ones without trying them. */
export async function offerConnections(
  host: Host,
  title: string,
  found: readonly FoundConnection[],
  all = false,
): Promise<readonly string[]> {
  const offers = await newOffers(host, found);
  if (offers.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: nothing new was found.', title));
    return [];
  }
  const placeHolder = vscode.l10n.t('Which connections to add?');
  const picked = all
    ? offers
    : await vscode.window.showQuickPick(offers, { title, placeHolder, canPickMany: true });
  const ids: string[] = [];
  for (const { found: connection } of picked ?? []) {
    const read = readConnectionString(connection.uri);
    if (read.kind === 'bad') continue;
    ids.push(await keepConnection(host, read, connection.name === '' ? {} : { name: connection.name }));
  }
  return ids;
}

async function newOffers(host: Host, found: readonly FoundConnection[]): Promise<readonly Offer[]> {
  const offers: Offer[] = [];
  const seen = new Set<string>();
  for (const connection of found) {
    const read = readConnectionString(connection.uri);
    if (read.kind === 'bad') continue;
    const server = serverOf(read.uri);
    if (seen.has(server) || (await host.connections.findByServer(server))) continue;
    seen.add(server);
    const name = connection.name === '' ? read.label : connection.name;
    const guarded = read.local ? '' : vscode.l10n.t('protected');
    const description = [name === read.label ? '' : read.label, guarded].filter(Boolean).join(' · ');
    offers.push({ label: name, description, picked: read.local, found: connection });
  }
  return offers;
}
