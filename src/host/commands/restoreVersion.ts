import * as vscode from 'vscode';
import { idLabel } from '../../core/idLabel';
import { formatNamespace } from '../../core/namespace';
import { protectedConnection } from '../../engine/errors';
import type { RestoreVersionReport } from '../../protocol/timeTravel';
import { fieldsText } from '../compareText';
import { ensureUri } from '../connectionUri';
import { formatClusterMoment, formatClusterNearby } from '../format';
import type { Host } from '../host';
import { commandIds } from '../ids';
import { PastDocuments } from '../pastDocuments';
import type { PastVersion } from '../pastUri';
import { prettyJson } from '../prettyJson';
import { runJob } from '../runJob';

const shownLines = 12;

export interface VersionTarget {
  /** A version of a document; the active one without it. */
  readonly uri?: vscode.Uri;
  /** Does it without asking; for callers that asked already. */
  readonly confirmed?: boolean;
}

/** Writes the document of the active version as it was then, after showing what changes. Answers whether it did. */
export async function restoreVersion(host: Host, target?: vscode.Uri | VersionTarget): Promise<boolean> {
  const { uri = vscode.window.activeTextEditor?.document.uri, confirmed = false }: VersionTarget =
    target instanceof vscode.Uri ? { uri: target } : (target ?? {});
  const version = uri && PastDocuments.readVersion(uri);
  if (!version) return false;
  const connection = host.connections.get(version.connection);
  if (connection.protected) throw protectedConnection();
  if (!(await ensureUri(host.connections, connection))) return false;
  const { id, at } = version;
  const ns = formatNamespace(version.namespace);
  const label = idLabel(id);
  const time = formatClusterMoment(at);
  const run = async (title: string, seen?: string | null): Promise<RestoreVersionReport | undefined> => {
    const outcome = await runJob<RestoreVersionReport>(host, {
      title,
      connection: connection.id,
      outcome: ({ isSame }) => (isSame ? vscode.l10n.t('nothing to change') : vscode.l10n.t('1 document')),
      work: async (signal) => {
        const live = await host.connections.uri(connection.id);
        const { repository, protected: isProtected } = connection;
        const params = { repository, uri: live, ns, id, at, protected: isProtected };
        return await host.worker.run('restoreVersion', seen === undefined ? params : { ...params, seen }, {
          signal,
        });
      },
    });
    return outcome.kind === 'done' ? outcome.result : undefined;
  };
  const look = await run(vscode.l10n.t('Looking at what {0} is now', label));
  if (!look) return false;
  if (look.isSame) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} in {1} is as in this version.', label, ns));
    return false;
  }
  if (!confirmed && !(await consent(host, version, label, look))) return false;
  const done = await run(vscode.l10n.t('Restore {0} of {1}', label, time), look.current);
  if (done) void tellDone({ connection: connection.id, ns, id }, label, time);
  return done !== undefined;
}

async function consent(
  host: Host,
  version: PastVersion,
  label: string,
  { current, document, fields }: RestoreVersionReport,
): Promise<boolean> {
  const orderAlone = vscode.l10n.t('the order of fields');
  const change =
    current === null
      ? vscode.l10n.t('It is not there now and comes back.')
      : vscode.l10n.t('Changes: {0}', fields.length === 0 ? orderAlone : fieldsText(fields));
  const kept = host.recorders.isOn(version.connection)
    ? vscode.l10n.t('What it is now stays in its history.')
    : vscode.l10n.t('⚠ Recording is off: what it is now is in no history.');
  const where = `${formatNamespace(version.namespace)} · ${formatClusterMoment(version.at)}`;
  const detail = `${where}\n\n• ${change}\n\n${firstLines(prettyJson(document))}\n\n${kept}`;
  const go = vscode.l10n.t('Restore Version');
  const question = vscode.l10n.t(
    'Restore {0} as it was from {1} on?',
    label,
    formatClusterNearby(version.at, Date.now()),
  );
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, go)) === go;
}

function firstLines(text: string): string {
  const lines = text.trim().split('\n');
  return lines.length <= shownLines ? lines.join('\n') : [...lines.slice(0, shownLines), '…'].join('\n');
}

async function tellDone(
  of: { readonly connection: string; readonly ns: string; readonly id: string },
  label: string,
  time: string,
): Promise<void> {
  const show = vscode.l10n.t('Show History');
  const message = vscode.l10n.t('{0} in {1} is as it was at {2}.', label, of.ns, time);
  const chosen = await vscode.window.showInformationMessage(message, show);
  if (chosen === show) await vscode.commands.executeCommand(commandIds.showDocumentHistory, of);
}
