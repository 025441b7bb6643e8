import * as vscode from 'vscode';
import type { SnapshotReport } from '../../protocol/job';
import { ensureUri } from '../connectionUri';
import { ensurePassphrase } from '../ensurePassphrase';
import { failureLine } from '../failure';
import { formatBytes } from '../format';
import type { Host } from '../host';
import { documentsText } from '../planText';
import type { RecorderFailure } from '../recorders';
import { runJob } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';

/** Starts recording, now and after each reload, until stopped. */
export async function startRecording(host: Host, target?: CommandTarget): Promise<boolean> {
  const placeHolder = vscode.l10n.t('Record which connection?');
  const connection = await targetConnection(host, target, placeHolder, (c) => !host.recorders.isOn(c.id));
  if (!connection || !(await ensureUri(host.connections, connection))) return false;
  if (!(await ensurePassphrase(host, connection))) return false;
  await host.recorders.start(connection.id);
  return true;
}

export async function stopRecording(host: Host, target?: CommandTarget): Promise<boolean> {
  const placeHolder = vscode.l10n.t('Stop recording which connection?');
  const connection = await targetConnection(host, target, placeHolder, (c) => host.recorders.isOn(c.id));
  if (!connection) return false;
  await host.recorders.stop(connection.id);
  await refreshStatus(host, connection.id);
  return true;
}

export async function takeSnapshot(host: Host, target?: CommandTarget): Promise<SnapshotReport | undefined> {
  const connection = await targetConnection(
    host,
    target,
    vscode.l10n.t('Take a snapshot of which connection?'),
  );
  if (!connection || !(await ensureUri(host.connections, connection))) return undefined;
  if (!(await ensurePassphrase(host, connection))) return undefined;
  const outcome = await runJob<SnapshotReport>(host, {
    title: vscode.l10n.t('Snapshot of {0}', connection.name),
    connection: connection.id,
    outcome: ({ documents, bytes }) => `${documentsText(documents)}, ${formatBytes(bytes)}`,
    work: async (signal, onProgress) => {
      const uri = await host.connections.uri(connection.id);
      const params = { uri, repository: connection.repository, namespaces: [] };
      return await host.worker.run('snapshot', params, { signal, onProgress });
    },
  });
  await refreshStatus(host, connection.id);
  if (outcome.kind !== 'done') return undefined;
  void offerTimeline(host, connection.id, connection.name, outcome.result);
  return outcome.result;
}

async function offerTimeline(host: Host, id: string, name: string, report: SnapshotReport): Promise<void> {
  const open = vscode.l10n.t('Open Timeline');
  const message = vscode.l10n.t(
    'Snapshot of {0} taken: {1}, {2}.',
    name,
    documentsText(report.documents),
    formatBytes(report.bytes),
  );
  if ((await vscode.window.showInformationMessage(message, open)) === open) host.showTimeline(id);
}

/** Reads a repository's status again; a failure is told by whoever shows it. */
export async function refreshStatus(host: Host, id: string): Promise<void> {
  await host.statuses.refresh(id).catch((error: unknown) => host.log.debug('status not read', error));
}

/** Tells why a recorder gave up, with what helps. */
export async function tellRecorderFailure(host: Host, { connection, error }: RecorderFailure): Promise<void> {
  const title = vscode.l10n.t('Recording of {0}', connection.name);
  const again = vscode.l10n.t('Start Recording');
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(`${title}: ${failureLine(error)}`, again, showLog);
  if (chosen === again) await startRecording(host, { connection: connection.id });
  if (chosen === showLog) host.log.show();
}
