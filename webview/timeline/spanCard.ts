import { actionButton, iconButton } from './controls';
import { kinds } from './density';
import { button, h, replaceKeepingFocus, setText } from './dom';
import { byWeight, type PlacedEvent } from './events';
import { titleOf } from './eventWords';
import { formatClock, formatCount, formatDay, formatDuration, formatSeconds } from './format';
import type { Actions, Model, Part } from './model';
import { eventsInSpan, fillsItsSeconds, gapInSpan, totalsInSpan, type Span } from './span';
import { kindSigns } from './words';

/** Events that are listed by name: those that may have lost the most. */
const maxEvents = 5;

/** The chosen span: what happened in it, and what can be done about all of it. */
export class SpanCard implements Part {
  readonly #what = h('span', { class: 'event-what' });
  readonly #title = h('h2', { id: 'span-title' });
  readonly #drop;
  readonly #facts = h('dl', { class: 'event-facts' });
  readonly #compare;
  readonly #undo;
  readonly #zoom;
  readonly #actions: Actions;
  readonly element: HTMLElement;
  #built: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#drop = iconButton('close', () => actions.dropSpan());
    this.#compare = actionButton('primary', 'compare', () => actions.compareSpan());
    this.#undo = actionButton('secondary', 'undo', () => actions.undoSpan());
    this.#zoom = actionButton('secondary', 'fit', () => actions.zoomToSpan());
    const buttons = [this.#compare, this.#undo, this.#zoom];
    this.element = h(
      'section',
      { class: 'event-card span-card', 'aria-labelledby': 'span-title' },
      h(
        'div',
        { class: 'event-head' },
        h('div', { class: 'event-titles', 'aria-live': 'polite' }, this.#what, this.#title),
        this.#drop.element,
      ),
      this.#facts,
      h('div', { class: 'buttons' }, ...buttons.map(({ element }) => element)),
    );
  }

  update(model: Model): void {
    const { span, texts, coverage, busy, scope, events, density, spanDensity } = model;
    this.element.hidden = span === undefined;
    if (!span) return;
    const gap = gapInSpan(coverage, span);
    const blocked = busy !== undefined;
    this.#drop.update(texts.get('span.drop'));
    this.#compare.update(texts.get('span.compare'), blocked, texts.get('span.compareHint'));
    this.#undo.update(texts.get('span.undo'), blocked || gap !== undefined, texts.get('span.undoHint'));
    this.#zoom.update(texts.get('span.zoom'), false, texts.get('span.zoomHint'));
    const built = [span, texts, scope, events, density, spanDensity, coverage];
    if (built.every((part, i) => part === this.#built[i])) return;
    this.#built = built;
    setText(this.#what, texts.get('span.what'));
    setText(this.#title, spanTitle(model, span));
    replaceKeepingFocus(this.#facts, ...this.#factsOf(model, span));
  }

  #factsOf(model: Model, span: Span): readonly Node[] {
    const { texts, scope, coverage, events } = model;
    const fact = (name: string, ...value: readonly (Node | string)[]): Node =>
      h('div', { class: 'event-fact' }, h('dt', {}, name), h('dd', {}, ...value));
    const gap = gapInSpan(coverage, span);
    const inSpan = eventsInSpan(events, span);
    return [
      fact(
        texts.get('scope.label'),
        scope === undefined ? texts.get('scope.all') : h('span', { class: 'ns' }, scope),
      ),
      fact(texts.get('lanes.operations'), kindCounts(model, span)),
      fact(texts.get('events.label'), ...this.#eventLinks(model, inSpan)),
      ...(gap ? [fact(texts.get('gap'), texts.get('span.gap', { reason: gap.report.reason }))] : []),
    ];
  }

  #eventLinks({ texts }: Model, events: readonly PlacedEvent[]): readonly (Node | string)[] {
    if (events.length === 0) return [texts.get('span.noEvents')];
    const shown = events
      .toSorted(byWeight)
      .slice(0, maxEvents)
      .map(({ report }) =>
        h(
          'li',
          {},
          button({ class: 'link' }, () => this.#actions.pickEvent(report.id, 'now'), titleOf(texts, report)),
        ),
      );
    const more = events.length - shown.length;
    return [
      h(
        'ul',
        { class: 'span-events' },
        ...shown,
        more > 0 ? h('li', {}, texts.counted('span.more', more)) : undefined,
      ),
    ];
  }
}

/** `25 Nov, 13:30:00 – 13:35:00 (5 min)`, with both days where they differ. */
function spanTitle({ texts, reader }: Model, { from, to }: Span): string {
  const [first, last] = [formatDay(reader, from.ms), formatDay(reader, to.ms)];
  // Ends within a second or two would look alike.
  const time = to.ms - from.ms < 2000 ? formatClock : formatSeconds;
  const end = time(reader, to.ms);
  const span = texts.get('event.span', {
    from: time(reader, from.ms),
    to: first === last ? end : `${last}, ${end}`,
    duration: formatDuration(reader, to.ms - from.ms),
  });
  return `${first}, ${span}`;
}

/** Where an end is an operation within a second, others of that second are counted too, and the words say so. */
function kindCounts(model: Model, span: Span): Node | string {
  const { texts, reader, scope, density, spanDensity, coverage } = model;
  const totals = totalsInSpan([spanDensity, density], scope, span);
  if (!totals) return '…';
  const counted = kinds.filter((kind) => totals[kind] > 0);
  if (counted.length === 0) return texts.get('chart.nothing');
  const isExact = fillsItsSeconds(span, coverage);
  const words = isExact ? 'span.kind' : 'span.kindAtMost';
  const counts = counted.map((kind) =>
    h(
      'span',
      { class: `span-count ${kind}` },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, kindSigns[kind]),
      texts.get(words, { kind: texts.get(`kind.${kind}`), count: formatCount(reader, totals[kind]) }),
    ),
  );
  const title = isExact ? undefined : texts.get('span.atMostHint');
  return h('div', { class: 'span-counts', title }, ...counts);
}
