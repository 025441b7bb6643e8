import type { DensityReport, PlanReport, StatusReport } from './job';
import type { EventReport } from './timeTravel';

/** State in, intents out: what the host sends to the timeline and what comes back. */
export type TimelineMessage =
  | { readonly kind: 'state'; readonly state: TimelineState }
  | { readonly kind: 'density'; readonly density: DensityReport }
  | { readonly kind: 'events'; readonly events: readonly EventReport[] }
  /** Shows the event with this id; the events it is one of may come before or after. */
  | { readonly kind: 'select'; readonly event: string }
  | { readonly kind: 'plan'; readonly request: number; readonly plan: PlanReport }
  | {
      readonly kind: 'refused';
      readonly request: number;
      readonly message: string;
      readonly hint: string | undefined;
    }
  | { readonly kind: 'busy'; readonly label: string | undefined };

export interface TimelineState {
  /** The connection's name, for people. */
  readonly connection: string;
  /** What the webview keeps in its own state under this name, so that a reload finds the connection again. */
  readonly connectionId: string;
  readonly status: StatusReport;
  /** Databases and collections a scope can be picked from, as `DB` and `DB.COLL`. */
  readonly scopes: readonly string[];
  readonly nowMs: number;
  /** Every text the webview shows, already in the user's language, by key. */
  readonly strings: Readonly<Record<string, string>>;
}

export type TimelineIntent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'density'; readonly fromMs: number; readonly toMs: number; readonly buckets: number }
  /** Asks for the plan at TIME (ISO or `SECONDS:ORDINAL`); the answer carries the same request number. */
  | {
      readonly kind: 'plan';
      readonly request: number;
      readonly at: string;
      readonly scope: string | undefined;
    }
  | { readonly kind: 'preview'; readonly at: string; readonly scope: string | undefined }
  | { readonly kind: 'compare'; readonly at: string; readonly scope: string | undefined }
  | { readonly kind: 'restore'; readonly at: string; readonly scope: string | undefined }
  | { readonly kind: 'undo'; readonly event: string }
  /** Of what happened after `from`, up to and with `to`: TIMEs as of a plan. */
  | {
      readonly kind: 'compareSpan' | 'undoSpan';
      readonly from: string;
      readonly to: string;
      readonly scope: string | undefined;
    }
  | { readonly kind: 'open'; readonly at: string; readonly ns: string }
  | { readonly kind: 'mark'; readonly at: string }
  | { readonly kind: 'takeSnapshot' };

/** The intent in a message from the webview, or `undefined` when it is not one. */
export function readTimelineIntent(message: unknown): TimelineIntent | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const m = message as Record<string, unknown>;
  const text = (value: unknown): value is string => typeof value === 'string' && value.length <= 1024;
  const scope = (value: unknown): value is string | undefined => value === undefined || text(value);
  const count = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  switch (m['kind']) {
    case 'ready':
      return { kind: 'ready' };
    case 'takeSnapshot':
      return { kind: 'takeSnapshot' };
    case 'density': {
      const { fromMs, toMs, buckets } = m;
      if (!count(fromMs) || !count(toMs) || !count(buckets)) return undefined;
      if (fromMs >= toMs || buckets < 1 || buckets > 4096) return undefined;
      return { kind: 'density', fromMs, toMs, buckets: Math.floor(buckets) };
    }
    case 'plan':
      return count(m['request']) && text(m['at']) && scope(m['scope'])
        ? { kind: 'plan', request: m['request'], at: m['at'], scope: m['scope'] }
        : undefined;
    case 'preview':
    case 'compare':
    case 'restore':
      return text(m['at']) && scope(m['scope'])
        ? { kind: m['kind'], at: m['at'], scope: m['scope'] }
        : undefined;
    case 'undo':
      return text(m['event']) ? { kind: 'undo', event: m['event'] } : undefined;
    case 'compareSpan':
    case 'undoSpan':
      return text(m['from']) && text(m['to']) && scope(m['scope'])
        ? { kind: m['kind'], from: m['from'], to: m['to'], scope: m['scope'] }
        : undefined;
    case 'open':
      return text(m['at']) && text(m['ns']) ? { kind: 'open', at: m['at'], ns: m['ns'] } : undefined;
    case 'mark':
      return text(m['at']) ? { kind: 'mark', at: m['at'] } : undefined;
    default:
      return undefined;
  }
}

/** The message from the host in an event's data, or `undefined` when it is not one. */
export function readTimelineMessage(message: unknown): TimelineMessage | undefined {
  if (!isRecord(message)) return undefined;
  const answers = typeof message['request'] === 'number';
  switch (message['kind']) {
    case 'state':
      return isRecord(message['state']) && isRecord(message['state']['status'])
        ? (message as TimelineMessage)
        : undefined;
    case 'density':
      return isRecord(message['density']) ? (message as TimelineMessage) : undefined;
    case 'events':
      return Array.isArray(message['events']) ? (message as TimelineMessage) : undefined;
    case 'select':
      return typeof message['event'] === 'string' ? (message as TimelineMessage) : undefined;
    case 'plan':
      return answers && isRecord(message['plan']) ? (message as TimelineMessage) : undefined;
    case 'refused':
      return answers && typeof message['message'] === 'string' ? (message as TimelineMessage) : undefined;
    case 'busy':
      return message as TimelineMessage;
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
