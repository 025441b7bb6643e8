import * as vscode from 'vscode';
import type { Host } from '../host';
import { commandIds } from '../ids';
import { tellFailure } from '../runJob';
import { targetConnection, type CommandTarget } from '../target';
import type { EventTarget } from '../targetEvent';
import type { NodeOf } from '../trees/clusterNodes';
import type { JobNode } from '../trees/jobsTree';
import { addConnection, removeConnection, type NewConnection } from './addConnection';
import { compareTimes, compareWithNow, type CompareTarget } from './compare';
import { showDocumentHistory, type HistoryTarget } from './documentHistory';
import { previewBeforeEvent, showEvent } from './eventCommands';
import { editConnection, type EditTarget } from './editConnection';
import { explainProblem } from './explainProblem';
import { exportDump, type ExportTarget } from './exportDump';
import { filterPast, type FilterTarget } from './filterPast';
import { findConnections } from './findConnections';
import { importConnections, type ImportTarget } from './importConnections';
import { importDump, type ImportDumpTarget } from './importDump';
import { markMoment, type MarkTarget } from './markMoment';
import { openPastCollection, turnPage } from './pastCollection';
import { previewAtTime, type PreviewTarget } from './previewAtTime';
import { dropPreview, openPreview, showPreview, type DropTarget } from './previewCommands';
import { pruneRepository, type PruneTarget } from './pruneRepository';
import { startRecording, stopRecording, takeSnapshot } from './recording';
import { refresh } from './refresh';
import { removeMark } from './removeMark';
import {
  restoreInPlace,
  undoLastRestore,
  type InPlaceTarget,
  type UndoRestoreTarget,
} from './restoreInPlace';
import { restoreVersion, type VersionTarget } from './restoreVersion';
import { undoEvent, type UndoTarget } from './undoEvent';
import { undoRange, type UndoRangeTarget } from './undoRange';
import { setPassphrase, type PassphraseTarget } from './setPassphrase';
import { testRestore, verifyRepository, type VerifyTarget } from './verifyRepository';

type CommandName = keyof typeof commandIds;
type Run = (argument: never) => unknown;

/** Registers every command of `commandIds`; the compiler sees that none is forgotten. A failure bears the command's title. */
export function registerCommands(host: Host, titles: ReadonlyMap<string, string>): vscode.Disposable {
  const runs: Readonly<Record<CommandName, Run>> = {
    addConnection: (given?: NewConnection) => addConnection(host, given),
    removeConnection: async (target?: CommandTarget & { deleteRepository?: boolean }) => {
      const connection = await targetConnection(host, target, vscode.l10n.t('Remove which connection?'));
      return connection ? await removeConnection(host, connection, target) : false;
    },
    editConnection: (target?: EditTarget) => editConnection(host, target),
    importConnections: (target?: ImportTarget) => importConnections(host, target),
    findConnections: (target?: { confirmed?: boolean }) => findConnections(host, target),
    tryDemo: () => host.demo.start(),
    refresh: (target?: CommandTarget) => refresh(host, target),
    takeSnapshot: (target?: CommandTarget) => takeSnapshot(host, target),
    startRecording: (target?: CommandTarget) => startRecording(host, target),
    stopRecording: (target?: CommandTarget) => stopRecording(host, target),
    openTimeline: async (target?: CommandTarget) => {
      const connection = await targetConnection(
        host,
        target,
        vscode.l10n.t('The timeline of which connection?'),
      );
      if (connection) host.showTimeline(connection.id);
    },
    previewAtTime: (target?: PreviewTarget) => previewAtTime(host, target),
    dropPreview: (target?: DropTarget) => dropPreview(host, target),
    openPreview: (target?: CommandTarget) => openPreview(host, target),
    showPreview: (target?: CommandTarget) => showPreview(host, target),
    removeMark: (node?: NodeOf<'mark'>) => removeMark(host, node),
    markMoment: (target?: MarkTarget) => markMoment(host, target),
    verifyRepository: (target?: CommandTarget) => verifyRepository(host, target),
    testRestore: (target?: VerifyTarget) => testRestore(host, target),
    pruneRepository: (target?: PruneTarget) => pruneRepository(host, target),
    exportDump: (target?: ExportTarget) => exportDump(host, target),
    importDump: (target?: ImportDumpTarget) => importDump(host, target),
    setPassphrase: (target?: PassphraseTarget) => setPassphrase(host, target),
    openPastCollection: (target?: CommandTarget) => openPastCollection(host, target),
    nextPage: (uri?: vscode.Uri) => turnPage(host, 1, uri),
    previousPage: (uri?: vscode.Uri) => turnPage(host, -1, uri),
    filterPast: (target?: vscode.Uri | FilterTarget) => filterPast(host, target),
    showEvent: (target?: EventTarget) => showEvent(host, target),
    previewBeforeEvent: (target?: EventTarget) => previewBeforeEvent(host, target),
    undoEvent: (target?: UndoTarget) => undoEvent(host, target),
    undoRange: (target?: UndoRangeTarget) => undoRange(host, target),
    compareWithNow: (target?: (CompareTarget & EventTarget) | vscode.Uri) => compareWithNow(host, target),
    compareTimes: (target?: CompareTarget | vscode.Uri) => compareTimes(host, target),
    showDocumentHistory: (target?: HistoryTarget) => showDocumentHistory(host, target),
    restoreVersion: (target?: vscode.Uri | VersionTarget) => restoreVersion(host, target),
    restoreInPlace: (target?: InPlaceTarget) => restoreInPlace(host, target),
    undoLastRestore: (target?: UndoRestoreTarget) => undoLastRestore(host, target),
    explainProblem: (node?: NodeOf<'problem'>) => explainProblem(host, node),
    cancelJob: (node?: JobNode) => node && host.jobs.cancel(node.id),
    clearJobs: () => host.jobs.clearFinished(),
    showLog: () => host.log.show(),
  };
  return vscode.Disposable.from(
    ...Object.entries(runs).map(([name, run]) => {
      const id = commandIds[name as CommandName];
      return vscode.commands.registerCommand(id, async (argument: never) => {
        try {
          return await run(argument);
        } catch (error) {
          host.log.error('command failed', name, error);
          void tellFailure(titles.get(id) ?? name, error);
          return undefined;
        }
      });
    }),
  );
}
