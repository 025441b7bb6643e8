import * as vscode from 'vscode';
import { Disposable } from './disposable';
import type { Host } from './host';
import { viewIds } from './ids';
import { recorderText } from './recorderText';
import { readSettings } from './settings';
import { ClustersTree, type ClusterServices } from './trees/clustersTree';
import type { ClusterNode } from './trees/clusterNodes';
import { JobsTree } from './trees/jobsTree';
import { PreviewsTree } from './trees/previewsTree';
import type { Preview } from './previews';

export type ViewServices = ClusterServices & Pick<Host, 'jobs'>;

/** The three views of the sidebar, and what they watch only while seen. */
export class Views extends Disposable {
  readonly #services: ViewServices;
  readonly #clustersTree: ClustersTree;
  readonly #clusters: vscode.TreeView<ClusterNode>;
  readonly #previews: vscode.TreeView<Preview>;
  #watches: readonly vscode.Disposable[] = [];

  constructor(services: ViewServices) {
    super();
    this.#services = services;
    this.#clustersTree = this.register(new ClustersTree(services));
    this.#clusters = this.register(
      vscode.window.createTreeView(viewIds.clusters, {
        treeDataProvider: this.#clustersTree,
        showCollapseAll: true,
      }),
    );
    const jobs = this.register(new JobsTree(services.jobs, services.connections));
    this.register(vscode.window.createTreeView(viewIds.jobs, { treeDataProvider: jobs }));
    const previews = this.register(new PreviewsTree(services.previews, services.connections));
    this.#previews = this.register(
      vscode.window.createTreeView(viewIds.previews, { treeDataProvider: previews }),
    );
    this.register(this.#clusters.onDidChangeVisibility(() => this.#watch()));
    this.register(vscode.window.onDidChangeWindowState(({ focused }) => focused && this.#refreshOld()));
    this.register(services.connections.onDidChange(() => this.#watch()));
    this.register(services.recorders.onDidChange(() => this.#badge()));
    // What an event changed is what the tree counts.
    this.register(
      services.events.onDidChange((id) => {
        if (this.#clusters.visible && services.sources.known(id)) void services.sources.refresh(id);
      }),
    );
    this.register({ dispose: () => this.#unwatch() });
    this.#watch();
  }

  async revealConnection(id: string): Promise<void> {
    await this.#clusters.reveal(this.#clustersTree.connectionNode(id), { select: true, expand: true });
  }

  async revealPreview(connection: string, database: string): Promise<void> {
    const preview = this.#services.previews.find(connection, database);
    if (preview) await this.#previews.reveal(preview, { select: true, focus: true });
  }

  #watch(): void {
    this.#unwatch();
    const { connections, statuses } = this.#services;
    if (this.#clusters.visible) this.#watches = connections.all.map(({ id }) => statuses.watch(id));
    this.#refreshOld();
    this.#badge();
  }

  #refreshOld(): void {
    if (this.#clusters.visible) void this.#services.sources.refreshOld(Date.now());
  }

  #unwatch(): void {
    for (const watch of this.#watches) watch.dispose();
    this.#watches = [];
  }

  /** Counts the recorders that need someone. */
  #badge(): void {
    const { connections, recorders } = this.#services;
    const { lagWarningMs } = readSettings();
    const value = connections.all.filter(
      ({ id }) => recorderText(recorders.state(id), lagWarningMs, Date.now()).severity === 'error',
    ).length;
    if (value === (this.#clusters.badge?.value ?? 0)) return;
    this.#clusters.badge =
      value === 0
        ? undefined
        : { value, tooltip: vscode.l10n.t('Recorders that need attention: {0}', value) };
  }
}
