import * as vscode from 'vscode';
import { literal } from './markdown';
import type { Connection, Connections } from './connections';
import { Disposable } from './disposable';
import { clusterTimeMs, formatClusterMoment, formatSpan } from './format';
import { commandIds, settingsSection } from './ids';
import { recorderText, type RecorderText, type Severity } from './recorderText';
import type { Recorders } from './recorders';
import { isGrowing, restorableText } from './restorable';
import { readSettings } from './settings';
import type { Statuses } from './statuses';

interface Line {
  readonly connection: Connection;
  readonly text: RecorderText;
}

const rank: Readonly<Record<Severity, number>> = { off: 0, fine: 1, warning: 2, error: 3 };
const tickMs = 5000;

/** One item for all recorders: the one that needs attention most speaks. Hidden without connections. */
export class StatusBar extends Disposable {
  readonly #connections: Connections;
  readonly #recorders: Recorders;
  readonly #statuses: Statuses;
  readonly #item: vscode.StatusBarItem;
  #timer: NodeJS.Timeout | undefined;

  constructor(connections: Connections, recorders: Recorders, statuses: Statuses) {
    super();
    this.#connections = connections;
    this.#recorders = recorders;
    this.#statuses = statuses;
    this.#item = this.register(
      vscode.window.createStatusBarItem('mongoRewind.recorder', vscode.StatusBarAlignment.Left, 10),
    );
    this.#item.name = vscode.l10n.t('Mongo Rewind Recorder');
    const update = () => this.update();
    this.register(connections.onDidChange(update));
    this.register(recorders.onDidChange(update));
    this.register(
      vscode.workspace.onDidChangeConfiguration((e) => {
        if (e.affectsConfiguration(settingsSection)) update();
      }),
    );
    this.register({ dispose: () => clearInterval(this.#timer) });
    this.update();
  }

  update(): void {
    const { lagWarningMs } = readSettings();
    const nowMs = Date.now();
    const lines = this.#connections.all.map((connection): Line => {
      const text = recorderText(this.#recorders.state(connection.id), lagWarningMs, nowMs);
      return { connection, text };
    });
    this.#tick(lines.some(({ text }) => text.severity !== 'off'));
    const [worst] = lines.toSorted((a, b) => rank[b.text.severity] - rank[a.text.severity]);
    if (!worst) return this.#item.hide();
    this.#show(worst, lines, nowMs);
  }

  /** Durations grow by themselves, so the text is made again now and then while any recorder is on. */
  #tick(wanted: boolean): void {
    if (wanted) this.#timer ??= setInterval(() => this.update(), tickMs);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #show({ connection, text }: Line, lines: readonly Line[], nowMs: number): void {
    const short = text.severity === 'fine' ? this.#lag(connection.id, text) : text.short;
    this.#item.text = `$(history) ${short}`;
    this.#item.tooltip = this.#tooltip(lines, nowMs);
    this.#item.backgroundColor = background(text.severity);
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Mongo Rewind: {0}, {1}', connection.name, short),
    };
    this.#item.command = {
      title: vscode.l10n.t('Open Timeline'),
      command: commandIds.openTimeline,
      arguments: lines.length === 1 || text.severity !== 'off' ? [{ connection: connection.id }] : [],
    };
    this.#item.show();
  }

  #lag(id: string, { short }: RecorderText): string {
    const lagMs = this.#lagMs(id);
    return lagMs === undefined ? short : vscode.l10n.t('recording, {0}', formatSpan(lagMs));
  }

  #behind(id: string, { short, severity }: RecorderText): string {
    const lagMs = severity === 'fine' ? this.#lagMs(id) : undefined;
    return lagMs === undefined ? short : vscode.l10n.t('recording, {0} behind', formatSpan(lagMs));
  }

  /** Of a recorder that keeps up; all others have more to say than their lag. */
  #lagMs(id: string): number | undefined {
    const state = this.#recorders.state(id);
    return state.kind === 'on' && state.report.state === 'recording' ? state.report.lagMs : undefined;
  }

  #tooltip(lines: readonly Line[], nowMs: number): vscode.MarkdownString {
    const paragraphs = lines.flatMap(({ connection, text }) => [
      `**${literal(connection.name)}** · ${literal(this.#behind(connection.id, text))}`,
      literal(text.reason ?? ''),
      literal(this.#restorable(connection.id, nowMs) ?? ''),
    ]);
    paragraphs.push(literal(vscode.l10n.t('Click to open the timeline.')));
    return new vscode.MarkdownString(paragraphs.filter((text) => text !== '').join('\n\n'));
  }

  #restorable(id: string, nowMs: number): string | undefined {
    const status = this.#statuses.known(id);
    const range = status?.ranges.at(-1);
    if (!range) return undefined;
    const growing = isGrowing(this.#recorders.state(id), status);
    const endMs = growing ? nowMs : (clusterTimeMs(range.to) ?? nowMs);
    const span = formatSpan(endMs - (clusterTimeMs(range.from) ?? endMs));
    return `${restorableText(range, growing, formatClusterMoment)} (${span})`;
  }
}

function background(severity: Severity): vscode.ThemeColor | undefined {
  if (severity === 'warning') return new vscode.ThemeColor('statusBarItem.warningBackground');
  if (severity === 'error') return new vscode.ThemeColor('statusBarItem.errorBackground');
  return undefined;
}
