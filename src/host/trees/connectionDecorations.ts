import * as vscode from 'vscode';
import { themeColor } from '../connectionColor';
import type { Connections } from '../connections';
import { Disposable } from '../disposable';

const scheme = 'mongo-rewind-connection';

/** What a connection's row is known by to its decorations; it is no document. */
export function decorationUri(connection: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${connection}` });
}

/** A badge on protected connections, and the colour the user gave. */
export class ConnectionDecorations extends Disposable implements vscode.FileDecorationProvider {
  readonly #connections: Connections;
  readonly #changed = this.register(new vscode.EventEmitter<undefined>());
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(connections: Connections) {
    super();
    this.#connections = connections;
    this.register(connections.onDidChange(() => this.#changed.fire(undefined)));
    this.register(vscode.window.registerFileDecorationProvider(this));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== scheme) return undefined;
    const connection = this.#connections.find(uri.path.slice(1));
    if (!connection) return undefined;
    const color = connection.color && themeColor(connection.color);
    if (!connection.protected) return new vscode.FileDecoration(undefined, undefined, color);
    return new vscode.FileDecoration('P', vscode.l10n.t('Protected: never restored in place'), color);
  }
}
