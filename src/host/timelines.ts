import * as vscode from 'vscode';
import { Disposable } from './disposable';
import type { Host } from './host';
import { timelinePanelId } from './ids';
import { timelineRoot } from './timelineHtml';
import { TimelinePanel } from './timelinePanel';

/** One timeline editor for each connection at most; they come back after a reload. */
export class Timelines extends Disposable implements vscode.WebviewPanelSerializer {
  readonly #host: () => Host;
  readonly #extensionUri: vscode.Uri;
  readonly #open = new Map<string, TimelinePanel>();

  /** `host` is asked for later, as it holds this too. */
  constructor(host: () => Host, extensionUri: vscode.Uri) {
    super();
    this.#host = host;
    this.#extensionUri = extensionUri;
    this.register(vscode.window.registerWebviewPanelSerializer(timelinePanelId, this));
    this.register({ dispose: () => this.#disposeAll() });
  }

  /** With an event, the moment just before it is chosen. */
  show(id: string, event?: string): void {
    const open = this.#open.get(id);
    if (event !== undefined) open?.select(event);
    if (open) return open.reveal();
    const { name } = this.#host().connections.get(id);
    const title = vscode.l10n.t('Timeline of {0}', name);
    const panel = vscode.window.createWebviewPanel(timelinePanelId, title, vscode.ViewColumn.Active);
    this.#fill(id, panel);
    if (event !== undefined) this.#open.get(id)?.select(event);
  }

  /** Closes the timelines of connections that are gone. */
  closeOrphans(): void {
    for (const [id, open] of [...this.#open]) if (!this.#host().connections.find(id)) open.close();
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const id = connectionIdIn(state);
    if (id !== undefined && this.#host().connections.find(id) && !this.#open.has(id)) this.#fill(id, panel);
    else panel.dispose();
    return Promise.resolve();
  }

  #fill(id: string, panel: vscode.WebviewPanel): void {
    panel.webview.options = { enableScripts: true, localResourceRoots: [timelineRoot(this.#extensionUri)] };
    const host = this.#host();
    const timeline = new TimelinePanel(host, host.connections.get(id), panel, this.#extensionUri);
    this.#open.set(id, timeline);
    panel.onDidDispose(() => {
      this.#open.delete(id);
      timeline.dispose();
    });
  }

  #disposeAll(): void {
    for (const open of this.#open.values()) open.dispose();
    this.#open.clear();
  }
}

function connectionIdIn(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('connectionId' in state)) return undefined;
  return typeof state.connectionId === 'string' ? state.connectionId : undefined;
}
