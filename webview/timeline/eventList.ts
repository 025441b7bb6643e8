import { button, h, setAttribute, setAttributes, setText } from './dom';
import { eventColor, type PlacedEvent } from './events';
import { amountOf, eventIcon, namespaceOf, timeOf, titleOf } from './eventWords';
import { formatNear, formatSeconds } from './format';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';

/** How many rows are made at first, and by how many more each time. */
const rowsAtOnce = 200;

/** The events of the scope as a list, newest first: the chart's lane for those who read or go by keys. */
export class EventList implements Part {
  readonly #title = h('h2', { id: 'events-title' });
  readonly #count = h('span', { class: 'count' });
  readonly #list = h('div', {
    class: 'event-list',
    role: 'listbox',
    tabindex: 0,
    'aria-labelledby': 'events-title',
  });
  readonly #none = h('p', { class: 'quiet-text' });
  readonly #more;
  readonly element: HTMLElement;
  readonly #actions: Actions;
  #model: Model | undefined;
  #built: readonly unknown[] = [];
  #chosen: string | undefined;
  #rows = rowsAtOnce;

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#more = button({ class: 'link' }, () => {
      this.#rows += rowsAtOnce;
      this.#built = [];
      if (this.#model) this.update(this.#model);
    });
    this.element = h(
      'section',
      { class: 'events' },
      h('div', { class: 'events-head' }, this.#title, this.#count),
      this.#none,
      this.#list,
      this.#more,
    );
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('focus', () => {
      if (this.#list.matches(':focus-visible')) this.#reveal();
    });
  }

  update(model: Model): void {
    this.#model = model;
    const { events, texts, event } = model;
    setText(this.#title, texts.get('events.label'));
    setText(this.#count, String(events.length));
    setText(this.#none, texts.get('events.none'));
    this.#none.hidden = events.length > 0;
    this.#list.hidden = events.length === 0;
    this.#count.hidden = events.length === 0;
    const older = events.length - this.#rows;
    this.#more.hidden = older <= 0;
    if (older > 0) setText(this.#more, texts.counted('events.more', older));
    const built = [events, texts, this.#rows];
    if (built.some((part, i) => part !== this.#built[i])) {
      this.#built = built;
      const newest = events.toReversed().slice(0, this.#rows);
      this.#list.replaceChildren(...newest.map((placed) => this.#row(model, placed)));
      this.#chosen = undefined;
    }
    const id = event?.report.id;
    if (id === this.#chosen) return;
    this.#chosen = id;
    const rows = [...this.#list.children];
    const chosen = rows.find((row) => row.id === rowId(id ?? ''));
    for (const row of rows) setAttribute(row, 'aria-selected', String(row === chosen));
    setAttribute(this.#list, 'aria-activedescendant', chosen?.id);
    this.#reveal();
  }

  #row(model: Model, placed: PlacedEvent): HTMLElement {
    const { texts, reader, nowMs } = model;
    const { report } = placed;
    const row = h(
      'div',
      { id: rowId(report.id), class: `event-row ${eventColor(report.kind)}`, role: 'option' },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, icon(eventIcon(report))),
      h(
        'span',
        { class: 'event-text' },
        h(
          'span',
          { class: 'event-line' },
          h('span', { class: 'event-name' }, report.name),
          h('span', { class: 'event-amount' }, amountOf(texts, report)),
        ),
        h('span', { class: 'event-ns ns' }, namespaceOf(texts, report)),
      ),
      h('time', {}, nearTime(reader, placed.fromMs, nowMs)),
    );
    setAttributes(row, {
      'aria-label': texts.get('event.summary', {
        title: titleOf(texts, report),
        time: timeOf(model, placed),
      }),
      'aria-selected': 'false',
    });
    row.addEventListener('click', () => this.#actions.pickEvent(report.id, 'now'));
    return row;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...this.#list.children];
    const at = rows.findIndex((row) => row.id === rowId(this.#chosen ?? ''));
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + 8,
      PageUp: at - 8,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const row = rows[Math.min(Math.max(to, 0), rows.length - 1)];
    const id = row?.id.slice(rowId('').length);
    if (id !== undefined && id !== this.#chosen) this.#actions.pickEvent(id, 'soon');
  }

  /** Scrolls the list alone, never the page. */
  #reveal(): void {
    const row = this.#chosen === undefined ? undefined : document.getElementById(rowId(this.#chosen));
    if (!row) return;
    const { offsetTop, offsetHeight } = row;
    const { scrollTop, clientHeight } = this.#list;
    if (offsetTop < scrollTop) this.#list.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight)
      this.#list.scrollTop = offsetTop + offsetHeight - clientHeight;
  }
}

function rowId(id: string): string {
  return `event-${id}`;
}

/** Seconds where it was today, as they tell events apart; the day otherwise. */
function nearTime(reader: Model['reader'], ms: number, nowMs: number): string {
  const near = formatNear(reader, ms, nowMs);
  return near.length <= 5 ? formatSeconds(reader, ms) : near;
}
