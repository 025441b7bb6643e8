import * as vscode from 'vscode';
import type { StatusReport } from '../protocol/job';
import { clusterTimeMs, formatClusterMoment, formatClusterNearby, formatMoment, formatSpan } from './format';
import { parseMoment } from './moment';

interface MomentItem extends vscode.QuickPickItem {
  readonly at?: string;
}

/** Asks for a moment: typed, or one of the landmarks. Answers with a TIME of the engine. */
export async function pickMoment(title: string, status: StatusReport): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<MomentItem>();
  const landmarks = landmarkItems(status, Date.now());
  pick.title = title;
  pick.placeholder = vscode.l10n.t(
    '14:31:07, 2026-11-25 14:31:07, 5 min ago, SECONDS:ORDINAL or a moment below',
  );
  pick.matchOnDescription = true;
  // A menu that it was chosen from may take the focus back once it is shown.
  pick.ignoreFocusOut = true;
  pick.items = landmarks;
  const typing = pick.onDidChangeValue((value) => {
    pick.items = [...typedItems(value, Date.now()), ...landmarks];
  });
  try {
    return await new Promise<string | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const at = pick.selectedItems[0]?.at ?? parseMoment(pick.value, Date.now());
        if (at !== undefined) resolve(at);
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    typing.dispose();
    pick.dispose();
  }
}

function typedItems(value: string, nowMs: number): readonly MomentItem[] {
  if (value.trim() === '') return [];
  const at = parseMoment(value, nowMs);
  if (at === undefined)
    return [
      {
        label: `$(question) ${vscode.l10n.t('Not a time yet')}`,
        description: vscode.l10n.t('a clock, a day and clock, "5 min ago" or SECONDS:ORDINAL'),
        alwaysShow: true,
      },
    ];
  const ms = clusterTimeMs(at) ?? Date.parse(at);
  const label = Number.isNaN(ms) ? at : formatMoment(ms);
  return [{ label: `$(history) ${label}`, description: value.trim(), alwaysShow: true, at }];
}

function landmarkItems(status: StatusReport, nowMs: number): readonly MomentItem[] {
  const items: MomentItem[] = [];
  const last = status.ranges.at(-1);
  if (last) {
    const ms = clusterTimeMs(last.to);
    items.push({
      label: `$(debug-continue) ${vscode.l10n.t('Latest')}`,
      description: `${formatClusterMoment(last.to)}${ms === undefined ? '' : ` · ${vscode.l10n.t('{0} ago', formatSpan(nowMs - ms))}`}`,
      at: 'latest',
    });
  }
  if (status.marks.length > 0) items.push(separator(vscode.l10n.t('Marks')));
  for (const mark of [...status.marks].reverse().slice(0, 50))
    items.push({
      label: `$(bookmark) ${mark.name}`,
      description: formatClusterNearby(mark.at, nowMs),
      at: mark.at,
    });
  if (status.snapshots.length > 0) items.push(separator(vscode.l10n.t('Snapshots')));
  for (const snapshot of [...status.snapshots].reverse().slice(0, 50))
    items.push({
      label: `$(archive) ${formatClusterNearby(snapshot.consistentAt, nowMs)}`,
      description: vscode.l10n.t('snapshot'),
      at: snapshot.consistentAt,
    });
  return items;
}

function separator(label: string): MomentItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
