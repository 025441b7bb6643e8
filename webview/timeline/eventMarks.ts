import { idLabel } from '../../src/core/idLabel';
import { button, h, setAttribute, setText } from './dom';
import { placeLabels, type Dot, type PlacedLabel } from './eventLabels';
import type { Kind } from './density';
import { byWeight, eventColor, domainAround, type PlacedEvent, type Pole } from './events';
import { amountOf, eventIcon, namespaceOf, shortTitleOf, timeOf, titleOf } from './eventWords';
import { formatClock, formatSeconds } from './format';
import { icon } from './icons';
import { eventRow, type Layout } from './layout';
import type { LandmarkHost } from './landmarks';
import type { Actions, Model } from './model';
import { rove } from './roving';
import { minLengthMs, pixelOf, lengthOf } from './scale';
import type { Tip } from './tooltip';

const maxLabel = 340;
/** Icon, padding and pole of a label, beside its text. */
const labelFrame = 34;

interface Measured {
  readonly event: PlacedEvent;
  readonly title: string;
  readonly shortTitle: string;
  readonly full: number;
  readonly short: number;
}

interface Shown {
  readonly element: HTMLButtonElement;
  readonly fromMs: number;
  /** Of a dot. */
  readonly events?: readonly PlacedEvent[];
}

/** Named events as buttons in lanes of their own; those without room share dots that tell their number. */
export class EventMarks {
  readonly element = h('div', { class: 'event-marks', role: 'toolbar' });
  readonly #actions: Actions;
  readonly #host: LandmarkHost;
  readonly #group = rove(this.element, 'horizontal');
  readonly #shown = new Map<string, Shown>();
  #measured: readonly Measured[] = [];
  #order: readonly number[] = [];
  #builtFrom: readonly unknown[] = [];
  #placedFrom: readonly unknown[] = [];
  #poles: readonly Pole[] = [];
  #model: Model | undefined;

  constructor(actions: Actions, host: LandmarkHost) {
    this.#actions = actions;
    this.#host = host;
  }

  /** For the canvas; a new list whenever one of them moved. */
  get poles(): readonly Pole[] {
    return this.#poles;
  }

  update(model: Model, layout: Layout): void {
    this.#model = model;
    setAttribute(this.element, 'aria-label', model.texts.get('events.label'));
    const { events, texts, reader, domain, event } = model;
    const builtFrom = [events, texts, reader];
    if (builtFrom.some((part, i) => part !== this.#builtFrom[i])) {
      this.#builtFrom = builtFrom;
      this.#measure(model);
    }
    const placedFrom = [this.#measured, domain.fromMs, domain.toMs, layout.width, layout.eventRows, event];
    if (placedFrom.every((part, i) => part === this.#placedFrom[i])) return;
    this.#placedFrom = placedFrom;
    this.#place(model, layout);
  }

  #measure({ events, texts, reader }: Model): void {
    const widthOf = textMeasure(this.element);
    this.#measured = events.map((event) => {
      const title = titleOf(texts, event.report);
      const shortTitle = shortTitleOf(reader, event.report);
      const fit = (text: string): number => Math.min(Math.ceil(widthOf(text)) + labelFrame, maxLabel);
      return { event, title, shortTitle, full: fit(title), short: fit(shortTitle) };
    });
    this.#order = events.map((_, i) => i).toSorted((a, b) => compare(events[a], events[b]));
  }

  #place(model: Model, layout: Layout): void {
    const { domain, event: chosen } = model;
    const wanted = this.#measured.map(({ event, full, short }) => {
      return { x: pixelOf(domain, layout.width, event.fromMs), full, short };
    });
    // The chosen one always has a name.
    const first = chosen === undefined ? -1 : model.events.indexOf(chosen);
    const order = first < 0 ? this.#order : [first, ...this.#order];
    const { labels, dots } = placeLabels(wanted, order, layout.width, layout.eventRows);
    const keys = new Set<string>();
    for (const label of labels) this.#placeLabel(model, label, wanted[label.index]?.x ?? 0, keys);
    for (const [slot, dot] of dots.entries()) this.#placeDot(model, dot, slot, layout, keys);
    this.#arrange(keys);
    const kindOf = (index: number | undefined): Kind => {
      const event = index === undefined ? undefined : this.#measured[index]?.event;
      return event ? eventColor(event.report.kind) : 'commands';
    };
    this.#poles = [
      ...dots.map((dot) => ({ x: dot.x, color: kindOf(dot.indexes[0]), named: false })),
      ...labels.map(({ index }) => ({ x: wanted[index]?.x ?? 0, color: kindOf(index), named: true })),
    ];
  }

  #placeLabel(model: Model, label: PlacedLabel, x: number, keys: Set<string>): void {
    const measured = this.#measured[label.index];
    if (!measured) return;
    const { event, title, shortTitle } = measured;
    const key = `event ${event.report.id}`;
    keys.add(key);
    const { element } = this.#shownAs(key, event.fromMs, () => this.#label(event));
    const width = label.form === 'full' ? measured.full : measured.short;
    const { classList, style } = element;
    setText(element.lastElementChild ?? element, label.form === 'full' ? title : shortTitle);
    setAttribute(
      element,
      'aria-label',
      model.texts.get('event.summary', { title, time: timeOf(model, event) }),
    );
    setAttribute(element, 'aria-pressed', String(event === model.event));
    classList.toggle('left', label.side === 'left');
    style.width = `${width}px`;
    const left = label.side === 'left' ? x - width : x;
    style.transform = `translate(${Math.round(left)}px, ${label.row * eventRow + 1}px)`;
  }

  #label(event: PlacedEvent): HTMLButtonElement {
    const { kind } = event.report;
    const element = button(
      { class: `event-mark ${eventColor(kind)}` },
      () => this.#actions.pickEvent(event.report.id, 'now'),
      h('span', { class: 'sign' }, icon(eventIcon(event.report))),
      h('span', { class: 'event-name' }),
    );
    this.#tipOver(element, () => {
      const now = this.#measured.find((m) => m.event.report.id === event.report.id)?.event ?? event;
      return this.#model && tipOf(this.#model, now);
    });
    return element;
  }

  #placeDot(model: Model, dot: Dot, slot: number, layout: Layout, keys: Set<string>): void {
    const events = dot.indexes.flatMap((i) => this.#measured[i]?.event ?? []);
    const [first] = events;
    const last = events.at(-1);
    if (!first || !last) return;
    // What gathers in dots changes with each step of a zoom: they are used again, whatever they hold.
    const key = `dot ${slot}`;
    keys.add(key);
    const shown = this.#shownAs(key, first.fromMs, () => this.#dot(key));
    const { element } = shown;
    this.#shown.set(key, { ...shown, fromMs: first.fromMs, events });
    const count = model.texts.counted('events.folded', events.length);
    const times = {
      from: formatSeconds(model.reader, first.fromMs),
      to: formatSeconds(model.reader, last.fromMs),
    };
    setText(element, events.length > 99 ? '99+' : events.length === 1 ? '' : String(events.length));
    setAttribute(element, 'aria-label', model.texts.get('events.foldedAt', { events: count, ...times }));
    const worst = events.reduce((a, b) => (byWeight(b, a) < 0 ? b : a), first);
    const chosen = events.some((e) => e === model.event) ? ' chosen' : '';
    setAttribute(element, 'class', `event-dot ${eventColor(worst.report.kind)}${chosen}`);
    const y = layout.eventRows * eventRow;
    element.style.transform = `translate(calc(${Math.round(dot.x)}px - 50%), ${y}px)`;
  }

  #dot(key: string): HTMLButtonElement {
    const held = (): readonly PlacedEvent[] => this.#shown.get(key)?.events ?? [];
    const element = button({ class: 'event-dot' }, () => {
      const events = held();
      const [first] = events;
      const closer = domainAround(events);
      const isCloser = this.#model && lengthOf(closer) < lengthOf(this.#model.domain) / 1.5;
      if (events.length > 1 && isCloser && lengthOf(closer) >= minLengthMs / 4) this.#actions.look(closer);
      else if (first) this.#actions.pickEvent(first.report.id, 'now');
    });
    this.#tipOver(element, () => this.#model && dotTip(this.#model, held()));
    return element;
  }

  #shownAs(key: string, fromMs: number, make: () => HTMLButtonElement): Shown {
    const known = this.#shown.get(key);
    if (known) return known;
    const shown = { element: make(), fromMs };
    this.#shown.set(key, shown);
    return shown;
  }

  /** Takes away what is not in view and keeps the rest in order of time, with the focus where it was or nearest to it. */
  #arrange(keys: ReadonlySet<string>): void {
    const had = [...this.#shown.values()].find(({ element }) => element === document.activeElement);
    let changed = keys.size !== this.element.childElementCount;
    for (const key of [...this.#shown.keys()]) if (!keys.has(key)) this.#shown.delete(key);
    for (const { element } of this.#shown.values()) if (!element.isConnected) changed = true;
    if (!changed) return;
    const shown = [...this.#shown.values()].toSorted((a, b) => a.fromMs - b.fromMs);
    this.element.replaceChildren(...shown.map(({ element }) => element));
    if (had) {
      const away = ({ fromMs }: Shown): number => Math.abs(fromMs - had.fromMs);
      const nearest = had.element.isConnected ? had : shown.toSorted((a, b) => away(a) - away(b))[0];
      nearest?.element.focus({ preventScroll: true });
    }
    this.#group.refresh();
  }

  #tipOver(element: HTMLElement, tip: () => Tip | undefined): void {
    const show = (): void => {
      const shown = tip();
      if (!shown) return;
      const box = element.getBoundingClientRect();
      const host = this.element.getBoundingClientRect();
      const x = box.left - host.left + Math.min(box.width, 40) / 2;
      this.#host.showTip(shown, { x, y: box.bottom - host.top + 4, below: true });
    };
    element.addEventListener('pointerenter', show);
    element.addEventListener('focus', () => {
      if (element.matches(':focus-visible')) requestAnimationFrame(show);
    });
    element.addEventListener('pointerleave', () => this.#host.hideTip());
    element.addEventListener('blur', () => this.#host.hideTip());
    element.addEventListener('click', () => this.#host.hideTip());
  }
}

function compare(a: PlacedEvent | undefined, b: PlacedEvent | undefined): number {
  return a && b ? byWeight(a, b) : 0;
}

function textMeasure(element: HTMLElement): (text: string) => number {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return (text) => text.length * 7;
  context.font = `12px ${getComputedStyle(element).fontFamily}`;
  return (text) => context.measureText(text).width;
}

function tipOf(model: Model, event: PlacedEvent): Tip {
  const { texts, reader } = model;
  const { report } = event;
  const amount = amountOf(texts, report);
  const lines = [
    { text: timeOf(model, event) },
    ...(amount === undefined ? [] : [{ text: amount, className: eventColor(report.kind) }]),
    { text: namespaceOf(texts, report), className: 'ns' },
    ...report.sampleIds.slice(0, 3).map((id) => ({ text: idLabel(id), className: 'ns' })),
    { text: texts.get('events.clickHint'), className: 'reason' },
  ];
  return { title: `${report.name} · ${formatClock(reader, event.fromMs)}`, lines };
}

const listed = 6;

function dotTip(model: Model, events: readonly PlacedEvent[]): Tip {
  const { texts } = model;
  const lines = events
    .toSorted(byWeight)
    .slice(0, listed)
    .map((e) => ({ text: titleOf(texts, e.report), className: eventColor(e.report.kind) }));
  const hint = events.length > 1 ? 'events.foldedHint' : 'events.clickHint';
  return {
    title: texts.counted('events.folded', events.length),
    lines: [...lines, { text: texts.get(hint), className: 'reason' }],
  };
}
