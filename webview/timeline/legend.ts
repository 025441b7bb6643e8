import { bucketsIn, kinds, totalsOf, type Kind, type Totals } from './density';
import { button, h, setAttributes, setText } from './dom';
import { formatCount, formatDay, formatDuration, formatMinutes, formatSeconds } from './format';
import type { Actions, Model, Part } from './model';
import { minuteMs, lengthOf } from './scale';
import { kindSigns } from './words';

/** What the bars mean, how many of each kind are in view, and buttons that leave a kind out. */
export class Legend implements Part {
  readonly element: HTMLElement;
  readonly #entries: readonly {
    readonly kind: Kind;
    readonly element: HTMLElement;
    readonly name: HTMLElement;
    readonly count: HTMLElement;
  }[];
  readonly #group: HTMLElement;
  readonly #caption = h('div', { class: 'caption' });
  #counted: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.#entries = kinds.map((kind) => {
      const name = h('span', { class: 'kind-name' });
      const count = h('span', { class: 'kind-count' });
      const sign = h('span', { class: 'sign', 'aria-hidden': 'true' }, kindSigns[kind]);
      const element = button({ class: `kind ${kind}` }, () => actions.toggleKind(kind), sign, name, count);
      return { kind, element, name, count };
    });
    this.#group = h('div', { class: 'kinds', role: 'group' }, ...this.#entries.map((entry) => entry.element));
    this.element = h('div', { class: 'legend' }, this.#group, this.#caption);
  }

  update(model: Model): void {
    const { texts, reader, density, domain, scope, shown } = model;
    const counted = [texts, density, domain.fromMs, domain.toMs, scope, shown];
    if (counted.every((part, i) => part === this.#counted[i])) return;
    this.#counted = counted;
    setAttributes(this.#group, { 'aria-label': texts.get('legend.label') });
    const totals = totalsInView(model);
    for (const { kind, element, name, count } of this.#entries) {
      const number = formatCount(reader, totals[kind]);
      setText(name, texts.get(`kind.${kind}`));
      setText(count, number);
      setAttributes(element, {
        'aria-pressed': String(shown.has(kind)),
        'aria-label': texts.get('kind.toggle', { kind: texts.get(`kind.${kind}`), count: number }),
      });
    }
    const fine = lengthOf(domain) < 20 * minuteMs;
    const time = fine ? formatSeconds : formatMinutes;
    const sameDay = formatDay(reader, domain.fromMs) === formatDay(reader, domain.toMs);
    const from = `${formatDay(reader, domain.fromMs)} ${time(reader, domain.fromMs)}`;
    const step = density ? formatDuration(reader, density.buckets.stepMs) : '';
    const to = `${sameDay ? '' : `${formatDay(reader, domain.toMs)} `}${time(reader, domain.toMs)}`;
    setText(this.#caption, density ? texts.get('legend.caption', { from, to, step }) : '');
  }
}

function totalsInView({ density, domain, scope }: Model): Totals {
  if (!density) return { inserts: 0, updates: 0, deletes: 0, commands: 0 };
  return totalsOf(density, scope, bucketsIn(density.buckets, domain));
}
