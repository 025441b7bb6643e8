import type * as vscode from 'vscode';
import type { Connection, Connections } from './connections';
import type { Events } from './events';
import type { JobList } from './jobList';
import type { Passphrases } from './passphrases';
import type { PastDocuments } from './pastDocuments';
import type { Previews } from './previews';
import type { Recorders } from './recorders';
import type { Sources } from './sources';
import type { Statuses } from './statuses';
import type { RunsJobs } from './workerClient';

/** The demo cluster, as far as others deal with it. */
export interface Demo {
  /** Whether there is a server program to run it with. */
  isPossible(): Promise<boolean>;
  /** Starts the shop and records it, unless its passphrase is refused. Answers with the connection's id. */
  start(): Promise<string | undefined>;
  /** Knows the connection string again where secret storage lost it, or is each window's own. */
  remember(): Promise<void>;
  /** Goes on where the last window left it, unless another window runs it. */
  resume(): Promise<void>;
  /** Waits for the server to be stopped and deletes its data, where this connection was the demo's. */
  forget(connection: Connection): Promise<void>;
}

/** What commands work with; built once in `extension.ts`. */
export interface Host {
  readonly log: vscode.LogOutputChannel;
  readonly storageUri: vscode.Uri;
  readonly worker: RunsJobs;
  readonly connections: Connections;
  readonly passphrases: Passphrases;
  readonly recorders: Recorders;
  readonly statuses: Statuses;
  readonly events: Events;
  readonly sources: Sources;
  readonly previews: Previews;
  readonly jobs: JobList;
  readonly pastDocuments: PastDocuments;
  readonly demo: Demo;
  readonly showTimeline: (connection: string, event?: string) => void;
  readonly revealPreview: (connection: string, database: string) => Promise<void>;
  readonly revealConnection: (connection: string) => Promise<void>;
}
