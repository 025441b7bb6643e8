import { kinds, type Kind } from './density';
import type { Domain } from './scale';
import type { Span } from './span';
import type { Moment } from './stepping';

/** What a person would not want to set again when the panel comes back. */
export interface SavedView {
  /** Whose timeline it is: the host reads it to open the panel again after a reload. */
  readonly connectionId: string;
  readonly domain: Domain | undefined;
  readonly follow: boolean;
  readonly scope: string | undefined;
  readonly shown: readonly Kind[];
  readonly at: string | undefined;
  /** The event that was chosen, where the moment was chosen as the one before it. */
  readonly event: string | undefined;
  readonly span: Span | undefined;
}

/** A saved view from an earlier version or session, or `undefined` when it is not one. */
export function readSavedView(value: unknown): SavedView | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { connectionId, domain, follow, scope, shown, at, event, span } = value as Record<string, unknown>;
  if (typeof connectionId !== 'string' || typeof follow !== 'boolean' || !Array.isArray(shown))
    return undefined;
  const text = (part: unknown): string | undefined => (typeof part === 'string' ? part : undefined);
  return {
    connectionId,
    domain: readDomain(domain),
    follow,
    scope: text(scope),
    shown: kinds.filter((kind) => shown.includes(kind)),
    at: text(at),
    event: text(event),
    span: readSpan(span),
  };
}

function readDomain(value: unknown): Domain | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { fromMs, toMs } = value as Record<string, unknown>;
  return typeof fromMs === 'number' && typeof toMs === 'number' && toMs > fromMs
    ? { fromMs, toMs }
    : undefined;
}

function readSpan(value: unknown): Span | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { from, to } = value as Record<string, unknown>;
  return isMoment(from) && isMoment(to) && from.ms <= to.ms ? { from, to } : undefined;
}

function isMoment(value: unknown): value is Moment {
  if (typeof value !== 'object' || value === null) return false;
  const { at, ms } = value as Record<string, unknown>;
  return typeof at === 'string' && typeof ms === 'number';
}
