import * as vscode from 'vscode';
import type { MarkReport } from '../protocol/job';
import type { Host } from './host';

/** Gives the present moment of everything that is being recorded a name. A failure is for the log: nobody asked. */
export async function markAll(host: Host, name: string): Promise<readonly MarkReport[]> {
  const recorded = host.connections.all.filter(({ id }) => host.recorders.isOn(id));
  const marks = await Promise.all(
    recorded.map(async ({ id, label, repository }) => {
      try {
        const mark = await host.worker.run('mark', { repository, name: oneLine(name), automatic: true });
        await host.statuses.refresh(id);
        return [mark];
      } catch (error) {
        host.log.warn('moment not marked', label, error);
        return [];
      }
    }),
  );
  const made = marks.flat();
  if (made.length > 0)
    vscode.window.setStatusBarMessage(`$(bookmark) ${vscode.l10n.t('Marked "{0}"', name)}`, 5000);
  return made;
}

function oneLine(name: string): string {
  return name.replaceAll(/\s+/g, ' ').trim();
}
