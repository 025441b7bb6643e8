import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { createApi, type MongoRewindApi } from './host/api';
import { Care } from './host/care';
import { followActivePage } from './host/commands/pastCollection';
import { tellRecorderFailure } from './host/commands/recording';
import { registerCommands } from './host/commands/register';
import { commandTitles } from './host/commands/titles';
import { goOnUnlocked } from './host/commands/setPassphrase';
import { Connections } from './host/connections';
import { Contexts } from './host/contexts';
import { startDemo } from './host/demo';
import { DemoCluster } from './host/demoCluster';
import { Events } from './host/events';
import { GitMarks } from './host/gitMarks';
import type { Host } from './host/host';
import { pastScheme } from './host/ids';
import { JobList } from './host/jobList';
import { speakItsLanguage, translations } from './host/language';
import { Passphrases } from './host/passphrases';
import { PastDocuments } from './host/pastDocuments';
import { Previews } from './host/previews';
import { Recorders } from './host/recorders';
import { readSettings } from './host/settings';
import { Sources } from './host/sources';
import { StatusBar } from './host/statusBar';
import { Statuses } from './host/statuses';
import { TaskMarks } from './host/taskMarks';
import { Timelines } from './host/timelines';
import { ConnectionDecorations } from './host/trees/connectionDecorations';
import { UnreadableSettings } from './host/unreadableSettings';
import { UnlockingWorker } from './host/unlockingWorker';
import { Views } from './host/views';
import { WorkerClient } from './host/workerClient';

/** VS Code gives an extension about five seconds to end. */
const shutdownGraceMs = 4000;

let worker: WorkerClient | undefined;

export function activate(context: vscode.ExtensionContext): MongoRewindApi {
  const began = performance.now();
  const own = <T extends vscode.Disposable>(item: T): T => (context.subscriptions.push(item), item);
  speakItsLanguage();
  const log = own(vscode.window.createOutputChannel('Mongo Rewind', { log: true }));
  worker = new WorkerClient(() => startWorker(context.extensionUri), log);

  const connections = own(new Connections({ state: context.globalState, secrets: context.secrets }, log));
  const passphrases = own(new Passphrases(worker, connections, context.secrets, log));
  const client = new UnlockingWorker(worker, passphrases, connections, log);
  const recorders = own(new Recorders(client, connections, log));
  const statuses = own(new Statuses(client, connections, recorders, log));
  const events = own(new Events(client, connections, statuses, log));
  const sources = own(new Sources(client, connections));
  const previews = own(new Previews(client, connections, log));
  const jobs = own(new JobList(context.workspaceState));
  const pastDocuments = new PastDocuments(client, connections, log);
  const views = own(new Views({ connections, recorders, statuses, events, sources, jobs, previews }));
  const demo = own(new DemoCluster(() => host, process.env));
  const timelines = own(new Timelines(() => host, context.extensionUri));
  const host: Host = {
    log,
    storageUri: context.globalStorageUri,
    worker: client,
    connections,
    passphrases,
    recorders,
    statuses,
    events,
    sources,
    previews,
    jobs,
    pastDocuments,
    demo,
    showTimeline: (id, event) => timelines.show(id, event),
    revealPreview: (id, database) => views.revealPreview(id, database),
    revealConnection: (id) => views.revealConnection(id),
  };

  own(vscode.workspace.registerFileSystemProvider(pastScheme, pastDocuments, { isReadonly: true }));
  own(registerCommands(host, commandTitles(context.extension)));
  own(new Contexts(host));
  own(new ConnectionDecorations(connections));
  own(new StatusBar(connections, recorders, statuses));
  own(followActivePage(host));
  own(vscode.window.onDidChangeWindowState(({ focused }) => focused && connections.lookAgain()));
  own(connections.onDidChange(() => timelines.closeOrphans()));
  own(passphrases.onDidKeep((id) => void goOnUnlocked(host, id)));
  own(recorders.onDidFail((failure) => void tellRecorderFailure(host, failure)));
  own(new TaskMarks(host));
  own(new GitMarks(host));
  own(new Care(host));
  own(new UnreadableSettings(log));
  begin(host).catch((error: unknown) => log.error('start failed', error));
  performance.measure('mongo-rewind.activate', { start: began });
  return createApi(host);
}

/** Ends the recorders, waiting a little for what they hold to be sealed. */
export async function deactivate(): Promise<void> {
  await worker?.close(shutdownGraceMs);
}

async function begin(host: Host): Promise<void> {
  await host.demo.remember();
  if (readSettings().resumeRecording) await host.recorders.resume();
  try {
    await startDemo(host, process.env);
    await host.demo.resume();
  } catch (error) {
    host.log.error('demo not resumed', error);
  }
  if (host.connections.all.length > 0) void host.previews.refresh();
}

function startWorker(extensionUri: vscode.Uri): Worker {
  const file = vscode.Uri.joinPath(extensionUri, 'dist', 'worker.js').fsPath;
  return new Worker(file, {
    ...{ name: 'mongo-rewind', stdout: true, stderr: true, workerData: translations() },
    // The space for new objects would grow to several times of all that is in use.
    resourceLimits: { maxYoungGenerationSizeMb: 24 },
  });
}
