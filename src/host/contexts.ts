import * as vscode from 'vscode';
import { Disposable } from './disposable';
import type { Host } from './host';
import { contextKeys } from './ids';
import { hasEnded } from './jobState';
import { canOpenPreviews } from './mongodbExtension';

type Observed = Pick<Host, 'connections' | 'recorders' | 'previews' | 'jobs' | 'demo'>;

/** Tells `when` clauses what there is, so that menus and the palette offer what works. */
export class Contexts extends Disposable {
  readonly #host: Observed;
  readonly #set = new Map<string, boolean>();

  constructor(host: Observed) {
    super();
    this.#host = host;
    const update = () => this.#update();
    this.register(host.connections.onDidChange(update));
    this.register(host.recorders.onDidChange(update));
    this.register(host.previews.onDidChange(update));
    this.register(host.jobs.onDidChange((entry) => entry ?? update()));
    this.register(vscode.extensions.onDidChange(update));
    update();
    void host.demo.isPossible().then((possible) => this.#put(contextKeys.canTryDemo, possible));
  }

  #update(): void {
    const { connections, recorders, previews, jobs } = this.#host;
    const all = connections.all;
    this.#put(contextKeys.hasConnections, all.length > 0);
    this.#put(contextKeys.recording, recorders.anyOn);
    this.#put(
      contextKeys.canRecord,
      all.some((c) => !recorders.isOn(c.id)),
    );
    this.#put(contextKeys.hasPreviews, previews.all.length > 0);
    this.#put(
      contextKeys.hasFinishedJobs,
      jobs.all.some((j) => hasEnded(j.state)),
    );
    this.#put(contextKeys.canOpenPreviews, canOpenPreviews());
  }

  #put(key: string, value: boolean): void {
    if (this.#set.get(key) === value) return;
    this.#set.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
