import { type ClusterTime, parseClusterTime } from './time';

/** A TIME as a person writes it. */
export type TimeExpression =
  | { readonly kind: 'latest' }
  | { readonly kind: 'clusterTime'; readonly at: ClusterTime }
  /** All that happened up to this wall clock, milliseconds since 1970. */
  | { readonly kind: 'wall'; readonly ms: number }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'before'; readonly event: string };

const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/i;

/** Reads a TIME; `undefined` when malformed. A wall clock without an offset is malformed: it could be any. */
export function parseTimeExpression(text: string): TimeExpression | undefined {
  if (text === 'latest') return { kind: 'latest' };
  if (text.startsWith('mark:') && text.length > 5) return { kind: 'mark', name: text.slice(5) };
  if (text.startsWith('before:') && text.length > 7) return { kind: 'before', event: text.slice(7) };
  const at = parseClusterTime(text);
  if (at !== undefined) return { kind: 'clusterTime', at };
  if (!iso.test(text)) return undefined;
  const ms = Date.parse(text.replace(' ', 'T').replace(',', '.'));
  return Number.isNaN(ms) ? undefined : { kind: 'wall', ms };
}
