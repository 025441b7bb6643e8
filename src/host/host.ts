import type * as vscode from 'vscode';
import type { Connections } from './connections';
import type { DemoCluster } from './demoCluster';
import type { Events } from './events';
import type { JobList } from './jobList';
import type { PastDocuments } from './pastDocuments';
import type { Previews } from './previews';
import type { Recorders } from './recorders';
import type { Sources } from './sources';
import type { Statuses } from './statuses';
import type { RunsJobs } from './workerClient';

/** What commands work with; built once in `extension.ts`. */
export interface Host {
  readonly log: vscode.LogOutputChannel;
  readonly storageUri: vscode.Uri;
  readonly worker: RunsJobs;
  readonly connections: Connections;
  readonly recorders: Recorders;
  readonly statuses: Statuses;
  readonly events: Events;
  readonly sources: Sources;
  readonly previews: Previews;
  readonly jobs: JobList;
  readonly pastDocuments: PastDocuments;
  readonly demo: DemoCluster;
  readonly showTimeline: (connection: string, event?: string) => void;
  readonly revealPreview: (connection: string, database: string) => Promise<void>;
  readonly revealConnection: (connection: string) => Promise<void>;
}
