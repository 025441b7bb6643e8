import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import { demoUri } from '../core/demoUri';
import { isAbort } from '../engine/errors';
import type { DemoProgress } from '../protocol/demo';
import { keepConnection, newRepositoryFolder } from './commands/addConnection';
import { readConnectionString } from './connectionString';
import { type Connection, type ConnectionFacts, Connections } from './connections';
import { Disposable } from './disposable';
import { ensurePassphrase } from './ensurePassphrase';
import { findMongod } from './findMongod';
import type { Demo, Host } from './host';
import { tellFailure } from './runJob';

const idPrefix = 'demoCluster-';
/** Another window looks for its connection every other second, and then ends its server. */
const otherWindowMs = 15_000;

interface Run {
  readonly id: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** A shop on a replica set of its own, for a first try: runs while this window does, and is seen by all windows. */
export class DemoCluster extends Disposable implements Demo {
  readonly #host: () => Host;
  readonly #environment: NodeJS.ProcessEnv;
  #run: Run | undefined;
  #mongod: Promise<string | undefined> | undefined;
  #starting: Promise<string | undefined> | undefined;

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
    return await (this.#starting ??= this.#start().finally(() => (this.#starting = undefined)));
  }

  async remember(): Promise<void> {
    const { connections } = this.#host();
    const known = this.#connection;
    if (known && !(await connections.hasUri(known.id))) await connections.put(known, demoUri(portOf(known)));
  }

  async resume(): Promise<void> {
    const known = this.#connection;
    if (!known || !(await this.isPossible())) return;
    if (!(await this.#answers(known))) await this.#serve(known);
  }

  async forget(connection: Connection): Promise<void> {
    const { id } = connection;
    if (!id.startsWith(idPrefix)) return;
    const giveUp = AbortSignal.timeout(otherWindowMs);
    while (this.#run?.id !== id && !giveUp.aborted && (await this.#answers(connection))) await pause(200);
    await this.#clear(id);
  }

  get #connection(): Connection | undefined {
    return this.#host().connections.all.find(({ id }) => id.startsWith(idPrefix));
  }

  async #start(): Promise<string | undefined> {
    const host = this.#host();
    if (!(await this.isPossible())) return void tellNoServer();
    const title = vscode.l10n.t('Starting the demo cluster');
    const options = { location: vscode.ProgressLocation.Notification, title };
    const known = this.#connection;
    const shop = known ?? this.#newShop();
    const { id, repository } = shop;
    try {
      if (!(await ensurePassphrase(host, shop))) return undefined;
      if (!(known && (await this.#answers(known))))
        await vscode.window.withProgress(options, () => this.#serve(shop));
      await host.recorders.start(id);
      await host.revealConnection(id);
      return id;
    } catch (error) {
      if (!host.connections.find(id)) {
        await this.#clear(id);
        await host.passphrases.forget(repository);
      }
      if (!isAbort(error)) void tellFailure(title, error);
      return undefined;
    }
  }

  #newShop(): ConnectionFacts {
    const id = `${idPrefix}${Connections.newId()}`;
    const repository = newRepositoryFolder(this.#host().storageUri, id);
    return { id, name: vscode.l10n.t('Demo shop'), repository };
  }

  /** Whether the server runs, in this window or in another. */
  async #answers(connection: Connection): Promise<boolean> {
    const uri = `${demoUri(portOf(connection))}&serverSelectionTimeoutMS=500`;
    return await this.#host()
      .worker.run('probe', { uri })
      .then(
        () => true,
        () => false,
      );
  }

  /** Each shop has a folder of its own, so that the end of one never harms the next. */
  #folder(id: string): vscode.Uri {
    return vscode.Uri.joinPath(this.#host().storageUri, 'demo', id);
  }

  /** Stops the server that this window may run, and deletes its data. */
  async #clear(id: string): Promise<void> {
    if (this.#run?.id === id) {
      this.#run.abort.abort();
      await this.#run.ended;
    }
    const options = { recursive: true, useTrash: false };
    await vscode.workspace.fs.delete(this.#folder(id), options).then(undefined, (error: unknown) => {
      this.#host().log.debug('demo data not deleted', error);
    });
  }

  /** Resolves when the server takes writes; it goes on running until its connection is gone. */
  async #serve(shop: ConnectionFacts): Promise<void> {
    if (this.#run) return;
    const { id } = shop;
    const host = this.#host();
    const mongod = await (this.#mongod ??= findMongod(this.#environment));
    if (mongod === undefined) return;
    const folder = this.#folder(id);
    await vscode.workspace.fs.createDirectory(folder);
    const abort = new AbortController();
    const known = host.connections.find(id);
    const params = { mongod, folder: folder.fsPath, ...(known ? { port: portOf(known) } : {}) };
    await new Promise<void>((resolve, reject) => {
      let isKept = false;
      const keep = async (uri: string): Promise<void> => {
        await this.#keep(shop, uri);
        isKept = true;
      };
      const leave = async (): Promise<void> => {
        host.connections.lookAgain();
        await this.#clear(id);
      };
      const onProgress = (progress: DemoProgress) => {
        if (progress.kind === 'ready') return void keep(progress.uri).then(resolve, reject);
        if (isKept && !host.connections.find(id)) return void leave();
        if (progress.kind === 'mistake') void this.#tellMistake(id, progress.documents);
      };
      const ended = host.worker.run('demo', params, { signal: abort.signal, onProgress }).then(
        () => host.log.info('demo cluster stopped'),
        (error: unknown) => {
          host.log.warn('demo cluster ended', error);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
      this.#run = { id, abort, ended: ended.finally(() => (this.#run = undefined)) };
    });
  }

  async #keep(shop: ConnectionFacts, uri: string): Promise<void> {
    const host = this.#host();
    const read = readConnectionString(uri);
    const known = host.connections.find(shop.id);
    const encrypted = (await host.passphrases.of(shop.repository)) !== undefined;
    if (read.kind !== 'ok') return;
    if (known) await host.connections.put(known, uri);
    else await keepConnection(host, read, { ...shop, encrypted });
  }

  async #tellMistake(id: string, documents: number): Promise<void> {
    const open = vscode.l10n.t('Open Timeline');
    const message = vscode.l10n.t(
      'A migration of the demo shop has just deleted {0} orders by mistake. Find it on the timeline, and get them back.',
      documents,
    );
    if ((await vscode.window.showWarningMessage(message, open)) === open) this.#host().showTimeline(id);
  }
}

async function tellNoServer(): Promise<void> {
  await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'No mongod was found on this machine: install MongoDB Community Server, or put mongod on PATH.',
    ),
  );
}

/** That of the first start: the replica set knows itself by it. */
function portOf({ label }: Connection): number {
  return Number(/:(\d+)$/.exec(label)?.[1]);
}
