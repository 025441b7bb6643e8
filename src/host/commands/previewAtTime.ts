import * as vscode from 'vscode';
import type { RestoreReport } from '../../protocol/job';
import type { Host } from '../host';
import { pickMoment } from '../pickMoment';
import { pickScope } from '../pickScope';
import { previewFlow } from '../previewFlow';
import { tellFailure } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';

export interface PreviewTarget extends CommandTarget {
  /** Skips the confirmation. */
  readonly confirmed?: boolean;
}

/** Moment, scope, plan, consent, restore into scratch databases; what `target` says is not asked. */
export async function previewAtTime(host: Host, target?: PreviewTarget): Promise<RestoreReport | undefined> {
  const title = vscode.l10n.t('Preview at Time');
  const connection = await targetConnection(host, target, vscode.l10n.t('Preview which connection?'));
  if (!connection) return undefined;
  try {
    const at = target?.at ?? (await pickMoment(title, await host.statuses.refresh(connection.id)));
    if (at === undefined) return undefined;
    const scope = target?.ns ?? (await pickScope(host, title, connection.repository, at));
    if (scope === undefined) return undefined;
    const confirmed = target?.confirmed === true;
    return await previewFlow(host, { connection, at, namespaces: scope === '' ? [] : [scope], confirmed });
  } catch (error) {
    host.log.warn('preview refused', error);
    void tellFailure(title, error);
    return undefined;
  }
}
