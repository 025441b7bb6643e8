import * as vscode from 'vscode';
import { isAbort } from '../engine/errors';
import type { DemoProgress } from '../protocol/demo';
import { keepConnection } from './commands/addConnection';
import { readConnectionString } from './connectionString';
import { Disposable } from './disposable';
import { findMongod } from './findMongod';
import type { Demo, Host } from './host';
import { tellFailure } from './runJob';

const demoId = 'demoCluster';

/** A shop on a replica set of its own, for a first try: runs while this window does. */
export class DemoCluster extends Disposable implements Demo {
  readonly #host: () => Host;
  readonly #environment: NodeJS.ProcessEnv;
  #run: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  #mongod: Promise<string | undefined> | undefined;

  /** `host` is asked for later, as it holds this too. */
  constructor(host: () => Host, environment: NodeJS.ProcessEnv) {
    super();
    this.#host = host;
    this.#environment = environment;
    this.register({ dispose: () => this.#run?.abort.abort() });
  }

  async isPossible(): Promise<boolean> {
    return (await (this.#mongod ??= findMongod(this.#environment))) !== undefined;
  }

  async start(): Promise<string | undefined> {
    const host = this.#host();
    if (!(await this.isPossible())) return void tellNoServer();
    const title = vscode.l10n.t('Starting the demo cluster');
    const options = { location: vscode.ProgressLocation.Notification, title };
    try {
      if (!(await this.#answers()))
        await vscode.window.withProgress(options, () => this.#serve(portOf(host)));
      await host.recorders.start(demoId);
      await host.revealConnection(demoId);
      return demoId;
    } catch (error) {
      if (!isAbort(error)) void tellFailure(title, error);
      return undefined;
    }
  }

  async resume(): Promise<void> {
    const host = this.#host();
    if (!host.connections.find(demoId) || !(await this.isPossible())) return;
    if (!(await this.#answers())) await this.#serve(portOf(host));
  }

  /** Whether the server runs, in this window or in another. */
  async #answers(): Promise<boolean> {
    const host = this.#host();
    if (!host.connections.find(demoId) || !(await host.connections.hasUri(demoId))) return false;
    const uri = await host.connections.uri(demoId);
    return await host.worker.run('probe', { uri: `${uri}&serverSelectionTimeoutMS=500` }).then(
      () => true,
      () => false,
    );
  }

  async forget(connection: string): Promise<void> {
    if (connection !== demoId) return;
    // Another window's server writes into that folder until it ends.
    if (!this.#run && (await this.#answers())) return;
    this.#run?.abort.abort();
    await this.#run?.ended;
    const options = { recursive: true, useTrash: false };
    await vscode.workspace.fs.delete(this.#folder, options).then(undefined, (error: unknown) => {
      this.#host().log.debug('demo data not deleted', error);
    });
  }

  get #folder(): vscode.Uri {
    return vscode.Uri.joinPath(this.#host().storageUri, 'demo');
  }

  /** Resolves when the server takes writes; it goes on running. */
  async #serve(port: number | undefined): Promise<void> {
    if (this.#run) return;
    const host = this.#host();
    const mongod = await (this.#mongod ??= findMongod(this.#environment));
    if (mongod === undefined) return;
    await vscode.workspace.fs.createDirectory(this.#folder);
    const abort = new AbortController();
    const params = { mongod, folder: this.#folder.fsPath, ...(port === undefined ? {} : { port }) };
    await new Promise<void>((resolve, reject) => {
      const onProgress = (progress: DemoProgress) => {
        if (progress.kind === 'mistake') return void this.#tellMistake(progress.documents);
        this.#keep(progress.uri).then(resolve, reject);
      };
      const ended = host.worker.run('demo', params, { signal: abort.signal, onProgress }).then(
        () => host.log.info('demo cluster stopped'),
        (error: unknown) => {
          host.log.warn('demo cluster ended', error);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
      this.#run = { abort, ended };
      void ended.finally(() => (this.#run = undefined));
    });
  }

  async #keep(uri: string): Promise<void> {
    const host = this.#host();
    const read = readConnectionString(uri);
    const known = host.connections.find(demoId);
    if (read.kind !== 'ok') return;
    if (known) await host.connections.put({ ...known, label: read.label }, uri);
    else await keepConnection(host, read, { name: vscode.l10n.t('Demo shop'), id: demoId });
  }

  async #tellMistake(documents: number): Promise<void> {
    const open = vscode.l10n.t('Open Timeline');
    const message = vscode.l10n.t(
      'A migration of the demo shop has just deleted {0} orders by mistake. Find it on the timeline, and get them back.',
      documents,
    );
    if ((await vscode.window.showWarningMessage(message, open)) === open) this.#host().showTimeline(demoId);
  }
}

async function tellNoServer(): Promise<void> {
  await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'No mongod was found on this machine: install MongoDB Community Server, or put mongod on PATH.',
    ),
  );
}

/** That of the last start: the replica set knows itself by it. */
function portOf(host: Host): number | undefined {
  const port = /:(\d+)$/.exec(host.connections.find(demoId)?.label ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}
