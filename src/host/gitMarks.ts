import * as vscode from 'vscode';
import { Disposable } from './disposable';
import type { Host } from './host';
import { markAll } from './marks';
import { readSettings } from './settings';

/** The part of the built-in git extension's API that is used here. */
interface GitRepository {
  readonly rootUri: vscode.Uri;
  readonly state: {
    readonly HEAD: { readonly name?: string; readonly commit?: string } | undefined;
    readonly onDidChange: vscode.Event<void>;
  };
}

interface GitApi {
  readonly repositories: readonly GitRepository[];
  readonly onDidOpenRepository: vscode.Event<GitRepository>;
  readonly onDidCloseRepository: vscode.Event<GitRepository>;
}

interface GitExtension {
  readonly enabled: boolean;
  readonly onDidChangeEnablement: vscode.Event<boolean>;
  getAPI(version: 1): GitApi;
}

/** Marks the moment a branch is switched: the data of the one that was left can be brought back. */
export class GitMarks extends Disposable {
  readonly #host: Host;
  readonly #followed = new Map<string, vscode.Disposable>();

  constructor(host: Host) {
    super();
    this.#host = host;
    this.register({ dispose: () => this.#unfollowAll() });
    this.#start().catch((error: unknown) => host.log.debug('git is not followed', error));
  }

  async #start(): Promise<void> {
    const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
    if (!extension) return;
    const git = await extension.activate();
    if (this.isDisposed) return;
    if (git.enabled) this.#followAll(git.getAPI(1));
    this.register(
      git.onDidChangeEnablement((enabled) => {
        if (enabled) this.#followAll(git.getAPI(1));
        else this.#unfollowAll();
      }),
    );
  }

  #followAll(api: GitApi): void {
    for (const repository of api.repositories) this.#follow(api, repository);
    this.register(api.onDidOpenRepository((repository) => this.#follow(api, repository)));
    this.register(
      api.onDidCloseRepository(({ rootUri }) => {
        this.#followed.get(rootUri.toString())?.dispose();
        this.#followed.delete(rootUri.toString());
      }),
    );
  }

  #follow(api: GitApi, repository: GitRepository): void {
    const key = repository.rootUri.toString();
    if (this.#followed.has(key)) return;
    let branch = repository.state.HEAD?.name;
    const following = repository.state.onDidChange(() => {
      const now = repository.state.HEAD?.name;
      if (now === branch || now === undefined) return;
      const before = branch;
      branch = now;
      if (before !== undefined && readSettings().markOnBranchSwitch)
        void markAll(
          this.#host,
          switchText(before, now, api.repositories.length > 1 ? repository : undefined),
        );
    });
    this.#followed.set(key, following);
  }

  #unfollowAll(): void {
    for (const following of this.#followed.values()) following.dispose();
    this.#followed.clear();
  }
}

/** With the folder's name where several repositories are open. */
function switchText(from: string, to: string, repository: GitRepository | undefined): string {
  const folder = repository?.rootUri.path.split('/').at(-1);
  const branches = vscode.l10n.t('branch {0} → {1}', from, to);
  return folder === undefined ? branches : `${folder}: ${branches}`;
}
