import {
  readTimelineIntent,
  type TimelineIntent,
  type TimelineMessage,
  type TimelineState,
} from '../../src/protocol/timeline';
import type { EventReport } from '../../src/protocol/timeTravel';
import { dayStatus, density, emptyStatus, events, nowMs, plan, scopes } from './timelineHarnessData';
import { themes, type ThemeName } from './timelineHarnessThemes';

/** What the tests see and steer of the host that this page plays. */
export interface Harness {
  readonly intents: TimelineIntent[];
  readonly malformed: unknown[];
  readonly violations: string[];
  /** Answers to plan intents wait here while `holdPlans` is set. */
  holdPlans: boolean;
  readonly held: (() => void)[];
  readonly setTheme: (name: ThemeName) => void;
  readonly send: (message: TimelineMessage) => void;
  readonly state: () => TimelineState;
}

declare global {
  interface Window {
    harness: Harness;
    acquireVsCodeApi: () => unknown;
  }
}

const query = new URLSearchParams(location.search);
const cases: Readonly<Record<string, Partial<TimelineState>>> = {
  day: {},
  empty: { status: emptyStatus },
  stopped: {
    status: { ...dayStatus, recorder: { state: 'stopped', position: undefined, lagMs: undefined } },
  },
  stalled: {
    status: {
      ...dayStatus,
      recorder: {
        state: 'stalled',
        position: undefined,
        lagMs: 312_000,
        stalledSinceMs: nowMs - 312_000,
        reason: 'connect ECONNREFUSED 127.0.0.1:27017',
      },
    },
  },
  failed: {
    status: {
      ...dayStatus,
      recorder: { state: 'failed', position: undefined, lagMs: undefined, reason: 'no repository in /there' },
    },
  },
  german: { strings: { 'kind.inserts': 'Eingefügt', 'recorder.recording': 'Zeichnet auf' } },
};

const day: TimelineState = {
  connection: 'local-shop',
  connectionId: 'c1',
  status: dayStatus,
  scopes,
  nowMs,
  strings: {},
};
const state: TimelineState = { ...day, ...cases[query.get('case') ?? 'day'] };

/** Far more than there is room for, all over the day. */
const manyEvents = query.has('events')
  ? Array.from({ length: Number(query.get('events')) }, (_, i) => {
      const shown = events[i % events.length] ?? events[0];
      const ms = nowMs - 24 * 3_600_000 + ((i * 7919) % 86_400) * 1000;
      const from = `${Math.floor(ms / 1000)}:${i + 1}`;
      return { ...shown, id: `e${i}`, count: i, from, to: from, fromWallMs: ms, toWallMs: ms } as EventReport;
    })
  : undefined;

const harness: Harness = {
  intents: [],
  malformed: [],
  violations: [],
  holdPlans: false,
  held: [],
  setTheme: (name) => {
    const theme = themes[name];
    document.documentElement.removeAttribute('style');
    for (const [key, value] of Object.entries(theme.variables)) {
      document.documentElement.style.setProperty(`--vscode-${key}`, value);
    }
    document.body.className = theme.bodyClass;
  },
  send: (message) => window.postMessage(message, '*'),
  state: () => state,
};

function answer(intent: TimelineIntent): void {
  if (intent.kind === 'ready') {
    harness.send({ kind: 'state', state });
    if (state.status !== emptyStatus) harness.send({ kind: 'events', events: manyEvents ?? events });
  }
  if (intent.kind === 'density') {
    harness.send({ kind: 'density', density: density(intent.fromMs, intent.toMs, intent.buckets) });
  }
  if (intent.kind !== 'plan') return;
  const reply = (): void => {
    const result = plan(intent.at, intent.scope);
    const { request } = intent;
    harness.send(
      result.kind === 'plan'
        ? { kind: 'plan', request, plan: result.plan }
        : { kind: 'refused', request, message: result.message, hint: result.hint },
    );
  };
  if (harness.holdPlans) harness.held.push(reply);
  else reply();
}

window.harness = harness;
document.addEventListener('securitypolicyviolation', (event) => {
  harness.violations.push(
    `${event.violatedDirective} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
  );
});
window.acquireVsCodeApi = () => ({
  postMessage: (message: unknown) => {
    const intent = readTimelineIntent(structuredClone(message));
    if (intent === undefined) harness.malformed.push(message);
    else {
      harness.intents.push(intent);
      answer(intent);
    }
  },
  getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') as unknown,
  setState: (saved: unknown) => sessionStorage.setItem('state', JSON.stringify(saved)),
});
harness.setTheme((query.get('theme') ?? 'dark') as ThemeName);
