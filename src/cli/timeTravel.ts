import type { DiffProgress } from '../protocol/job';
import { runJob } from '../worker/jobs';
import type { Arguments } from './readArguments';
import { ExtendedJson, jsonText } from './jsonText';
import { noteWarnings, type Output, warningsIn } from './output';
import { changeText, diffText, eventsText, undoText, versionsText } from './timeTravelText';

export type TimeTravelVerb = 'events' | 'diff' | 'history' | 'undo';

/** What happened, what it changed, and taking it back. Gives the exit status. Throws BackupError. */
export async function runTimeTravel(
  verb: TimeTravelVerb,
  args: Arguments,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const { repository } = args;
  const [ns = ''] = args.namespaces;
  switch (verb) {
    case 'events': {
      const span = {
        ...(args.from === undefined ? {} : { from: args.from }),
        ...(args.to === undefined ? {} : { to: args.to }),
      };
      const report = await runJob('events', { repository, ...span }, never, signal);
      const events = report.events.map(({ id, kind, ns: of, count, from, to, sampleIds }) => {
        return {
          id,
          kind,
          ns: of,
          count,
          from,
          to,
          sampleIds: sampleIds.map((sample) => new ExtendedJson(sample)),
        };
      });
      output.out(args.json ? jsonText({ events }) : eventsText(report));
      return 0;
    }
    case 'diff': {
      const onProgress = (progress: DiffProgress): void => {
        if (args.json) return;
        if (progress.kind === 'counts') output.out(diffText(progress));
        else for (const change of progress.changes) output.out(changeText(change));
      };
      const params = { repository, ns, from: args.from ?? '', to: args.to ?? '', stream: !args.json };
      const { added, removed, changed, warnings } = await runJob('diff', params, onProgress, signal);
      if (args.json) output.out(jsonText({ added, removed, changed, ...warningsIn(warnings) }));
      else noteWarnings(output, warnings);
      return 0;
    }
    case 'history': {
      const report = await runJob('history', { repository, ns, id: args.id }, never, signal);
      const versions = report.versions.map(({ at, op, document, changed }) => {
        return { at, op, document: document === undefined ? null : new ExtendedJson(document), changed };
      });
      if (args.json) output.out(jsonText({ versions, ...warningsIn(report.warnings) }));
      else {
        output.out(versionsText(report));
        noteWarnings(output, report.warnings);
      }
      return 0;
    }
    case 'undo': {
      const { uri, event, dryRun, from, to, namespaces } = args;
      const what = from !== undefined && to !== undefined ? { range: { from, to, namespaces } } : { event };
      const report = await runJob('undo', { repository, uri, ...what, dryRun }, never, signal);
      const { restored, removed } = report;
      const conflicts = report.conflicts.map(({ _id, reason }) => ({
        _id: _id === undefined ? null : new ExtendedJson(_id),
        reason,
      }));
      const changes = report.changes.map((change) => ({ ...change, _id: new ExtendedJson(change._id) }));
      const result = { restored, removed, conflicts, ...(dryRun ? { dryRun, changes } : {}) };
      output.out(args.json ? jsonText(result) : undoText(report));
      return 0;
    }
  }
}

function never(): void {
  // these commands have no progress to tell
}
