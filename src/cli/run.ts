import { parseNamespaceFilter } from '../core/namespace';
import { say } from '../core/say';
import { BackupError } from '../engine/errors';
import type { CopyProgress, RecorderReport } from '../protocol/job';
import { runJob } from '../worker/jobs';
import type { Arguments } from './readArguments';
import { noteWarnings, type Output, warningsIn } from './output';
import { ExtendedJson, jsonText } from './jsonText';
import { runTimeTravel } from './timeTravel';
import { inPlaceText } from './timeTravelText';
import { exportText, importText, pruneText } from './careText';
import { planText, recorderText, restoreText, snapshotText, statusText, verifyText } from './text';

/** Carries out one command; gives the exit status. Throws BackupError. */
export async function run(args: Arguments, output: Output, signal: AbortSignal): Promise<number> {
  const { repository, uri, at, namespaces } = args;
  const give = (result: object, text: string): number => {
    output.out(args.json ? JSON.stringify(result) : text);
    return 0;
  };
  const onProgress = progressNotes(output);
  switch (args.verb) {
    case 'snapshot': {
      const report = await runJob('snapshot', { uri, repository, namespaces }, onProgress, signal);
      return give(report, snapshotText(report));
    }
    case 'record': {
      const report = await runJob('record', { uri, repository }, recorderNotes(output), signal);
      return give(report, recorderText(report));
    }
    case 'status': {
      const report = await runJob('status', { repository }, never, signal);
      return give(report, statusText(report));
    }
    case 'plan': {
      const report = await runJob('plan', { repository, at, namespaces }, never, signal);
      return give(report, planText(report));
    }
    case 'events':
    case 'diff':
    case 'history':
    case 'undo':
      return runTimeTravel(args.verb, args, output, signal);
    case 'restore': {
      if (args.inPlace) {
        const report = await runJob(
          'restoreInPlace',
          { repository, uri, at, namespaces, leaveEarlier: args.leaveEarlier },
          onProgress,
          signal,
        );
        return give(report, inPlaceText(report));
      }
      const map = mapping(args);
      const params = { repository, uri, at, namespaces, map, preview: map.length === 0 };
      const report = await runJob('restore', params, onProgress, signal);
      return give(report, restoreText(report));
    }
    case 'show': {
      const [ns = ''] = namespaces;
      const { filter, limit } = args;
      const params = {
        repository,
        at,
        ns,
        ...(filter === undefined ? {} : { filter }),
        ...(limit === undefined ? {} : { limit }),
      };
      const report = await runJob('show', params, never, signal);
      const { warnings, ...shown } = report;
      const documents = report.documents.map((d) => new ExtendedJson(d));
      if (args.json) output.out(jsonText({ ...shown, documents, ...warningsIn(warnings) }));
      else {
        for (const document of report.documents) output.out(document);
        noteWarnings(output, warnings);
      }
      return 0;
    }
    case 'mark': {
      if (args.remove) {
        const gone = await runJob('removeMark', { repository, name: args.name }, never, signal);
        return give(gone, `${gone.name} marks ${gone.at} no more`);
      }
      const params = { repository, name: args.name, ...(at === '' ? {} : { at }) };
      const report = await runJob('mark', params, never, signal);
      return give(report, `marked ${report.at} as ${report.name}`);
    }
    case 'verify': {
      const params = { repository, ...(args.restore ? { uri } : {}) };
      const report = await runJob('verify', params, onProgress, signal);
      give(report, verifyText(report));
      return report.damaged.length > 0 || report.restored?.ok === false ? 1 : 0;
    }
    case 'prune': {
      const { keepMs, maxBytes, dryRun } = args;
      const params = { repository, keepMs, dryRun, ...(maxBytes === undefined ? {} : { maxBytes }) };
      const report = await runJob('prune', params, onProgress, signal);
      return give(report, pruneText(report));
    }
    case 'export': {
      const report = await runJob(
        'export',
        { repository, at, out: args.out, namespaces },
        onProgress,
        signal,
      );
      return give(report, exportText(report, args.out));
    }
    case 'import': {
      const report = await runJob('import', { repository, dump: args.dump }, onProgress, signal);
      return give(report, importText(report));
    }
  }
}

function never(): void {
  // these commands have no progress to tell
}

/** `--to DB` renames the one database that is restored. */
function mapping(args: Arguments): { from: string; to: string }[] {
  if (args.to === undefined) return [...args.map];
  const databases = new Set(args.namespaces.map((ns) => parseNamespaceFilter(ns)?.database ?? ns));
  const [database] = databases;
  if (database === undefined || databases.size > 1) {
    throw new BackupError('badInput', say`--to renames one database`, {
      hint: say`Name it with --ns DB, or use --map FROM=TO for each.`,
    });
  }
  return [{ from: database, to: args.to }];
}

function progressNotes(output: Output): (progress: CopyProgress) => void {
  let toldAt = 0;
  return ({ phase, namespace, documents, totalDocuments }) => {
    const now = Date.now();
    if (now - toldAt < 1_000) return;
    toldAt = now;
    const of = totalDocuments === undefined ? '' : ` of ${String(totalDocuments)}`;
    output.note(`${phase} ${namespace ?? ''} ${String(documents)}${of}`.replaceAll('  ', ' '));
  };
}

function recorderNotes(output: Output): (report: RecorderReport) => void {
  let told = '';
  return (report) => {
    const text = `${report.state}${report.reason === undefined ? '' : `: ${report.reason}`}`;
    if (text === told) return;
    told = text;
    output.note(text);
  };
}
