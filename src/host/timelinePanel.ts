import * as vscode from 'vscode';
import { isAbort } from '../engine/errors';
import type { RecorderReport, StatusReport } from '../protocol/job';
import {
  readTimelineIntent,
  type TimelineIntent,
  type TimelineMessage,
  type TimelineState,
} from '../protocol/timeline';
import { timelineStrings } from '../protocol/timelineStrings';
import { markMoment } from './commands/markMoment';
import { openPastCollection } from './commands/pastCollection';
import { compareTimes, compareWithNow } from './commands/compare';
import { takeSnapshot } from './commands/recording';
import { restoreInPlace } from './commands/restoreInPlace';
import { undoEvent } from './commands/undoEvent';
import { undoRange } from './commands/undoRange';
import type { Connection } from './connections';
import { Disposable } from './disposable';
import { describeFailure, failureLine } from './failure';
import type { Host } from './host';
import { previewFlow } from './previewFlow';
import { tellFailure } from './runJob';
import type { Recorder } from './recorders';
import { sentence } from './sentence';
import { emptyStatus } from './statuses';
import { timelineHtml } from './timelineHtml';

const pushMs = 2000;

type Intent<K extends TimelineIntent['kind']> = Extract<TimelineIntent, { kind: K }>;

/** One connection's timeline in an editor: answers its intents, pushes its state while it is seen. */
export class TimelinePanel extends Disposable {
  readonly #host: Host;
  readonly #connection: Connection;
  readonly #panel: vscode.WebviewPanel;
  #planning: AbortController | undefined;
  #seen: vscode.Disposable | undefined;
  #isReady = false;
  /** Chosen before the page was there to show it. */
  #selected: string | undefined;
  #pushing = false;
  #pushAgain = false;

  constructor(host: Host, connection: Connection, panel: vscode.WebviewPanel, extensionUri: vscode.Uri) {
    super();
    this.#host = host;
    this.#connection = connection;
    this.#panel = panel;
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'timeline.svg');
    this.register(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        this.#receive(message);
      }),
    );
    this.register(panel.onDidChangeViewState(() => this.#seenChanged()));
    this.register({ dispose: () => void this.#seen?.dispose() });
    this.register({ dispose: () => this.#planning?.abort() });
    panel.webview.html = timelineHtml(panel.webview, extensionUri, panel.title);
    this.#seenChanged();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Shows an event with the moment just before it. */
  select(event: string): void {
    if (this.#isReady) this.#post({ kind: 'select', event });
    else this.#selected = event;
  }

  close(): void {
    this.#panel.dispose();
  }

  #seenChanged(): void {
    if (!this.#panel.visible) {
      this.#seen?.dispose();
      this.#seen = undefined;
      return;
    }
    if (this.#seen) return;
    const { id } = this.#connection;
    const pushMine = (changed: string) => {
      if (changed === id) this.#push();
    };
    const timer = setInterval(() => this.#host.recorders.isOn(id) && this.#push(), pushMs);
    this.#seen = vscode.Disposable.from(
      this.#host.statuses.watch(id),
      this.#host.statuses.onDidChange(pushMine),
      this.#host.recorders.onDidChange(pushMine),
      this.#host.sources.onDidChange(({ connection }) => pushMine(connection)),
      this.#host.events.onDidChange((changed) => changed === id && this.#pushEvents()),
      { dispose: () => clearInterval(timer) },
    );
  }

  #receive(message: unknown): void {
    const intent = readTimelineIntent(message);
    if (!intent) {
      this.#host.log.warn('timeline message refused');
      return;
    }
    this.#act(intent).catch((error: unknown) => {
      if (!isAbort(error)) this.#host.log.error('timeline intent failed', intent.kind, error);
    });
  }

  async #act(intent: TimelineIntent): Promise<void> {
    const { id: connection } = this.#connection;
    switch (intent.kind) {
      case 'ready':
        return this.#begin();
      case 'density':
        return await this.#density(intent);
      case 'plan':
        return await this.#plan(intent);
      case 'preview':
        return await this.#preview(intent);
      case 'compare':
        return await this.#consented(
          vscode.l10n.t('Compare with Now'),
          vscode.l10n.t('Comparing…'),
          (onConsent) => {
            onConsent();
            return compareWithNow(this.#host, { connection, at: intent.at, ns: intent.scope ?? '' });
          },
        );
      case 'undo':
        return await this.#consented(vscode.l10n.t('Undo'), vscode.l10n.t('Undoing…'), (onConsent) =>
          undoEvent(this.#host, { connection, event: intent.event, onConsent }),
        );
      case 'compareSpan':
        return await this.#consented(
          vscode.l10n.t('Compare Two Times'),
          vscode.l10n.t('Comparing…'),
          (onConsent) => {
            onConsent();
            const { from: at, to, scope = '' } = intent;
            return compareTimes(this.#host, { connection, at, to, ns: scope });
          },
        );
      case 'undoSpan':
        return await this.#consented(
          vscode.l10n.t('Undo Time Range'),
          vscode.l10n.t('Undoing…'),
          (onConsent) => {
            const { from: at, to, scope = '' } = intent;
            return undoRange(this.#host, { connection, at, to, ns: scope, onConsent });
          },
        );
      case 'restore':
        return await this.#consented(
          vscode.l10n.t('Restore in Place'),
          vscode.l10n.t('Restoring…'),
          (onConsent) =>
            restoreInPlace(this.#host, { connection, at: intent.at, ns: intent.scope ?? '', onConsent }),
        );
      case 'open':
        return await this.#told(vscode.l10n.t('Open Past Collection'), () =>
          openPastCollection(this.#host, { connection, at: intent.at, ns: intent.ns }),
        );
      case 'mark':
        return await this.#told(vscode.l10n.t('Mark This Moment'), () =>
          markMoment(this.#host, { connection, at: intent.at }),
        );
      case 'takeSnapshot':
        return await this.#consented(
          vscode.l10n.t('Take Snapshot'),
          vscode.l10n.t('Taking a snapshot…'),
          (onConsent) => {
            onConsent();
            return takeSnapshot(this.#host, { connection });
          },
        );
    }
  }

  /** The page may come again, after it was hidden. */
  #begin(): void {
    this.#isReady = true;
    this.#push();
    this.#pushEvents();
    this.#host.events.look(this.#connection.id);
    if (this.#selected !== undefined) this.#post({ kind: 'select', event: this.#selected });
    this.#selected = undefined;
  }

  #pushEvents(): void {
    this.#post({ kind: 'events', events: this.#host.events.known(this.#connection.id) });
  }

  /** Busy from the moment of consent on. */
  async #consented(
    title: string,
    label: string,
    work: (onConsent: () => void) => Promise<unknown>,
  ): Promise<void> {
    await this.#told(title, () => work(() => this.#post({ kind: 'busy', label })));
    this.#post({ kind: 'busy', label: undefined });
  }

  /** A failure is told as that of a command is. */
  async #told(title: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#host.log.warn('timeline action refused', error);
      void tellFailure(title, error);
    }
  }

  async #density({ fromMs, toMs, buckets }: Intent<'density'>): Promise<void> {
    const { repository } = this.#connection;
    const density = await this.#host.worker.run('density', { repository, fromMs, toMs, buckets });
    this.#post({ kind: 'density', density });
  }

  /** The newest request wins; the one before it is given up. */
  async #plan({ request, at, scope }: Intent<'plan'>): Promise<void> {
    this.#planning?.abort();
    const planning = new AbortController();
    this.#planning = planning;
    const { repository } = this.#connection;
    const params = { repository, at, namespaces: namespacesOf(scope) };
    try {
      const plan = await this.#host.worker.run('plan', params, { signal: planning.signal });
      const warnings = plan.warnings.map(sentence);
      this.#post({ kind: 'plan', request, plan: { ...plan, warnings } });
    } catch (error) {
      if (planning.signal.aborted || isAbort(error)) return;
      this.#post({ kind: 'refused', request, ...describeFailure(error) });
    }
  }

  async #preview({ at, scope }: Intent<'preview'>): Promise<void> {
    const label = vscode.l10n.t('Restoring a preview…');
    const onConsent = () => this.#post({ kind: 'busy', label });
    const request = { connection: this.#connection, at, namespaces: namespacesOf(scope), onConsent };
    await previewFlow(this.#host, request);
    this.#post({ kind: 'busy', label: undefined });
  }

  /** Pushes never overlap; those asked for meanwhile become one. */
  #push(): void {
    this.#pushAgain = true;
    if (this.#pushing) return;
    this.#pushing = true;
    this.#pushAll().catch((error: unknown) =>
      this.#host.log.warn('timeline state not pushed', failureLine(error)),
    );
  }

  async #pushAll(): Promise<void> {
    try {
      while (this.#pushAgain && !this.isDisposed) {
        this.#pushAgain = false;
        this.#post({ kind: 'state', state: await this.#state() });
      }
    } finally {
      this.#pushing = false;
    }
  }

  async #state(): Promise<TimelineState> {
    const { id, name } = this.#connection;
    return {
      connection: name,
      connectionId: id,
      status: await this.#status(),
      scopes: this.#scopes(),
      nowMs: Date.now(),
      strings: translated(),
    };
  }

  /** A repository that can not be read has nothing to show but the reason. */
  async #status(): Promise<StatusReport> {
    const { id } = this.#connection;
    try {
      const status = await this.#host.statuses.get(id);
      return { ...status, recorder: liveRecorder(this.#host.recorders.state(id), status) };
    } catch (error) {
      const recorder = { ...emptyStatus.recorder, state: 'stalled' as const, reason: failureLine(error) };
      return { ...emptyStatus, recorder };
    }
  }

  /** Of the server as last seen; the first look is under way when there was none. */
  #scopes(): readonly string[] {
    const { sources } = this.#host;
    const { id } = this.#connection;
    const source = sources.known(id);
    if (!source) void sources.refresh(id);
    if (source?.kind !== 'there') return [];
    return source.databases.flatMap((database) => {
      const listing = sources.collections(id, database);
      if (!listing) void sources.readCollections(id, database);
      const names = listing?.kind === 'there' ? listing.collections : [];
      return [database, ...names.map(({ name }) => `${database}.${name}`)];
    });
  }

  #post(message: TimelineMessage): void {
    if (!this.isDisposed) void this.#panel.webview.postMessage(message);
  }
}

function namespacesOf(scope: string | undefined): readonly string[] {
  return scope === undefined || scope === '' ? [] : [scope];
}

/** This window's recorder knows better than the files what it does now. */
function liveRecorder(recorder: Recorder, status: StatusReport): RecorderReport {
  switch (recorder.kind) {
    case 'on':
      return followedReport(recorder.report);
    case 'off':
      return status.recorder;
    case 'starting':
      return { ...status.recorder, state: 'catchingUp' };
    case 'retrying':
      return {
        ...status.recorder,
        state: 'stalled',
        stalledSinceMs: recorder.sinceMs,
        reason: failureLine(recorder.error),
      };
    case 'failed':
      return { ...status.recorder, state: 'failed', reason: failureLine(recorder.error) };
  }
}

/** One elsewhere that stands still is shown as such, not as one that is followed. */
function followedReport(report: RecorderReport): RecorderReport {
  return report.state === 'waiting' && report.stalledSinceMs !== undefined
    ? { ...report, state: 'stalled' }
    : report;
}

function translated(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(timelineStrings).map(([key, text]) => [key, vscode.l10n.t(text)]));
}
