import * as vscode from 'vscode';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { NamespaceMapEntry, PlanReport, RestoreReport } from '../protocol/job';
import type { Connection } from './connections';
import { ensureUri } from './connectionUri';
import { formatClusterMoment, formatElapsed } from './format';
import type { Host } from './host';
import { commandIds } from './ids';
import { documentsText, planDetail } from './planText';
import { runJob, tellFailure } from './runJob';
import { canOpenPreviews } from './mongodbExtension';
import { sentence } from './sentence';

export interface PreviewRequest {
  readonly connection: Connection;
  readonly at: string;
  /** Empty for the whole deployment. */
  readonly namespaces: readonly string[];
  /** Restores without asking; for callers that asked already. */
  readonly confirmed?: boolean;
  /** Called once there is consent, before anything is written. */
  readonly onConsent?: () => void;
}

/** Plans, shows the plan, and on consent restores it into scratch databases. */
export async function previewFlow(host: Host, request: PreviewRequest): Promise<RestoreReport | undefined> {
  const { connection, namespaces } = request;
  const title = vscode.l10n.t('Preview of {0}', connection.name);
  try {
    const { repository } = connection;
    const plan = await host.worker.run('plan', { repository, at: request.at, namespaces });
    if (plan.namespaces.length === 0)
      throw new BackupError('notFound', say`Nothing to restore: no collection existed then.`, {
        hint: say`Pick a later moment or a wider scope.`,
      });
    if (!request.confirmed && !(await confirmPreview(connection, plan))) return undefined;
    if (!(await ensureUri(host.connections, connection))) return undefined;
    request.onConsent?.();
    return await restorePreview(host, { ...request, at: plan.target }, title);
  } catch (error) {
    host.log.warn('preview refused', error);
    void tellFailure(title, error);
    return undefined;
  }
}

async function confirmPreview(connection: Connection, plan: PlanReport): Promise<boolean> {
  const go = vscode.l10n.t('Create Preview');
  const question = vscode.l10n.t('Bring back {0} on {1}?', formatClusterMoment(plan.target), connection.name);
  const safe = vscode.l10n.t('Into a scratch database beside the original. Nothing of yours is changed.');
  const detail = `${safe}\n\n${planDetail(plan, Date.now())}`;
  return (await vscode.window.showInformationMessage(question, { modal: true, detail }, go)) === go;
}

async function restorePreview(
  host: Host,
  { connection, at, namespaces }: PreviewRequest,
  title: string,
): Promise<RestoreReport | undefined> {
  const outcome = await runJob(host, {
    title,
    connection: connection.id,
    outcome: restoreLine,
    made: ({ databases: [database] }) => ({
      at,
      ...(database === undefined ? {} : { database }),
      ...(namespaces.length === 1 && namespaces[0] !== undefined ? { ns: namespaces[0] } : {}),
    }),
    work: async (signal, onProgress) => {
      const uri = await host.connections.uri(connection.id);
      const map: readonly NamespaceMapEntry[] = [];
      const params = { uri, repository: connection.repository, at, namespaces, map, preview: true };
      return await host.worker.run('restore', params, { signal, onProgress });
    },
  });
  await host.previews.refresh();
  if (outcome.kind !== 'done') return undefined;
  void offerNext(host, connection, outcome.result);
  return outcome.result;
}

function restoreLine(result: RestoreReport): string {
  return vscode.l10n.t(
    '{0}: {1} in {2}',
    result.databases.join(', '),
    documentsText(result.documents),
    formatElapsed(result.ms),
  );
}

async function offerNext(host: Host, connection: Connection, result: RestoreReport): Promise<void> {
  const [database] = result.databases;
  const show = vscode.l10n.t('Show in Previews');
  const open = vscode.l10n.t('Open in MongoDB for VS Code');
  const message = [
    vscode.l10n.t('Preview ready. {0}.', restoreLine(result)),
    ...result.warnings.map(sentence),
  ].join(' ');
  const actions = canOpenPreviews() ? [show, open] : [show];
  const chosen =
    result.warnings.length > 0
      ? await vscode.window.showWarningMessage(message, ...actions)
      : await vscode.window.showInformationMessage(message, ...actions);
  if (database === undefined || chosen === undefined) return;
  if (chosen === show) await host.revealPreview(connection.id, database);
  else await vscode.commands.executeCommand(commandIds.openPreview, { connection: connection.id, database });
}
