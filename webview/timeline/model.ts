import type { TimelineState } from '../../src/protocol/timeline';
import type { Coverage } from './coverage';
import type { Density, Kind } from './density';
import type { PlacedEvent } from './events';
import type { Reader } from './format';
import type { Planned } from './planner';
import type { Domain } from './scale';
import type { Span, SpanEnd } from './span';
import type { Moment, Step } from './stepping';
import type { Texts } from './strings';

/** Everything a part of the page is drawn from; parts compare by identity to see what changed. */
export interface Model {
  readonly state: TimelineState;
  readonly coverage: Coverage;
  readonly nowMs: number;
  readonly bounds: Domain;
  readonly domain: Domain;
  readonly follow: boolean;
  readonly scope: string | undefined;
  readonly shown: ReadonlySet<Kind>;
  readonly density: Density | undefined;
  /** Counts of the chosen span by itself, or of one that was chosen before. */
  readonly spanDensity: Density | undefined;
  /** Those that touch the scope, in order of time. */
  readonly events: readonly PlacedEvent[];
  /** The one that the chosen moment is just before, or in. */
  readonly event: PlacedEvent | undefined;
  readonly planned: Planned;
  readonly span: Span | undefined;
  readonly busy: string | undefined;
  readonly texts: Texts;
  readonly reader: Reader;
}

/** What a person can do, whatever part of the page it was done in. */
export interface Actions {
  readonly choose: (moment: Moment, when: 'now' | 'soon') => void;
  readonly step: (step: Step) => void;
  /** Chooses the span between two places on the axis. */
  readonly brush: (aMs: number, bMs: number) => void;
  readonly moveSpanEnd: (end: SpanEnd, ms: number) => void;
  /** Puts an end of the span at the chosen moment. */
  readonly endSpanHere: (end: SpanEnd) => void;
  readonly dropSpan: () => void;
  readonly zoomToSpan: () => void;
  readonly compareSpan: () => void;
  readonly undoSpan: () => void;
  readonly look: (domain: Domain) => void;
  readonly zoom: (factor: number, anchorMs?: number) => void;
  readonly fit: () => void;
  readonly follow: (on: boolean) => void;
  readonly pickScope: (scope: string | undefined) => void;
  readonly toggleKind: (kind: Kind) => void;
  readonly pickEvent: (id: string, when: 'now' | 'soon') => void;
  readonly previewEvent: (event: PlacedEvent) => void;
  readonly compareEvent: (event: PlacedEvent) => void;
  readonly undoEvent: (event: PlacedEvent) => void;
  readonly restoreEvent: (event: PlacedEvent) => void;
  readonly preview: () => void;
  readonly compare: () => void;
  readonly restore: () => void;
  readonly open: (ns: string) => void;
  readonly mark: () => void;
  readonly takeSnapshot: () => void;
}

/** A part of the page: built once, then updated in place. */
export interface Part {
  readonly element: HTMLElement;
  readonly update: (model: Model) => void;
}
