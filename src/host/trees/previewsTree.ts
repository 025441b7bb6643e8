import * as vscode from 'vscode';
import type { Connections } from '../connections';
import { Disposable } from '../disposable';
import { formatClusterMoment, formatClusterNearby, formatNearby } from '../format';
import type { Preview, Previews } from '../previews';
import { contextValue } from './contextValue';
import { tooltipOf } from './tooltip';

/** The scratch databases that are still there. */
export class PreviewsTree extends Disposable implements vscode.TreeDataProvider<Preview> {
  readonly #previews: Previews;
  readonly #connections: Connections;
  readonly #changed = this.register(new vscode.EventEmitter<undefined>());
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(previews: Previews, connections: Connections) {
    super();
    this.#previews = previews;
    this.#connections = connections;
    this.register(previews.onDidChange(() => this.#changed.fire(undefined)));
  }

  getChildren(parent?: Preview): Preview[] {
    return parent ? [] : [...this.#previews.all];
  }

  getParent(): undefined {
    return undefined;
  }

  getTreeItem(preview: Preview): vscode.TreeItem {
    const made = new vscode.TreeItem(preview.database, vscode.TreeItemCollapsibleState.None);
    const nowMs = Date.now();
    const when = formatClusterNearby(preview.at, nowMs);
    made.id = `${preview.connection}/${preview.database}`;
    made.iconPath = new vscode.ThemeIcon('database');
    made.description = vscode.l10n.t('{0} at {1}', preview.of, when);
    made.contextValue = contextValue('preview');
    made.tooltip = tooltipOf(
      preview.database,
      vscode.l10n.t('{0} as of {1}', preview.of, formatClusterMoment(preview.at)),
      vscode.l10n.t('Made at {0}', formatNearby(preview.createdMs, nowMs)),
      this.#connections.find(preview.connection)?.name,
    );
    made.accessibilityInformation = { label: `${preview.database}, ${made.description}` };
    return made;
  }
}
