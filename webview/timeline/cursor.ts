import { isRestorable } from './coverage';
import { h, setAttributes, setText } from './dom';
import { formatClock, formatMoment, formatSeconds } from './format';
import type { Layout } from './layout';
import type { Actions, Model } from './model';
import { minuteMs, pixelOf, lengthOf } from './scale';
import { endMoment, stepOf } from './stepping';
import { opWord } from './words';

/** The chosen moment as a slider: its line over the plot, and a handle with the time on the axis. */
export class Cursor {
  readonly element: HTMLElement;
  readonly help = h('p', { id: 'cursor-help', class: 'unseen' });
  readonly #line = h('span', { class: 'line' });
  readonly #pill = h('span', { class: 'pill' });
  #model: Model | undefined;

  constructor(actions: Actions) {
    this.element = h(
      'div',
      {
        class: 'cursor',
        role: 'slider',
        tabindex: 0,
        'aria-orientation': 'horizontal',
        'aria-describedby': this.help.id,
      },
      this.#line,
      this.#pill,
    );
    this.element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = stepOf(event.key, event.shiftKey);
      const letter = event.key.toLowerCase(); // Caps Lock may be on
      const zoom = { '+': 2, '=': 2, '-': 0.5 }[event.key];
      if (step) actions.step(step);
      else if (zoom !== undefined) actions.zoom(zoom, this.#anchor());
      else if (event.key === '0') actions.fit();
      else if (letter === 'b' || letter === 'e') actions.endSpanHere(letter === 'b' ? 'from' : 'to');
      else return;
      event.preventDefault();
    });
  }

  update(model: Model, layout: Layout): void {
    this.#model = model;
    const { texts, coverage, domain, planned, reader } = model;
    const moment = planned.kind === 'none' ? undefined : planned.moment;
    const first = coverage.ranges[0]?.fromMs ?? model.bounds.fromMs;
    const ms = moment?.ms ?? endMoment(coverage, 'last')?.ms ?? model.nowMs;
    setText(this.help, texts.get('cursor.help'));
    setAttributes(this.element, {
      'aria-label': texts.get('cursor.label'),
      'aria-valuemin': Math.min(first, ms),
      'aria-valuemax': Math.max(Math.round(model.nowMs / 1000) * 1000, ms),
      'aria-valuenow': ms,
      'aria-valuetext': valueText(model),
    });
    const x = pixelOf(domain, layout.width, ms);
    const shownX = Math.min(Math.max(x, 0), layout.width);
    this.element.classList.toggle('unset', moment === undefined);
    this.element.classList.toggle('beyond', Math.abs(shownX - x) > 0.5);
    this.element.classList.toggle(
      'refused',
      planned.kind === 'refused' || (planned.kind === 'asking' && !isRestorable(coverage, ms)),
    );
    this.element.style.transform = `translateX(${shownX.toFixed(2)}px)`;
    this.element.style.height = `${layout.height}px`;
    this.#line.style.top = `${layout.bars.top - 2}px`;
    const fine = lengthOf(domain) < 2 * minuteMs;
    const clock = fine ? formatClock(reader, ms) : formatSeconds(reader, ms);
    setText(this.#pill, x < 0 ? `‹ ${clock}` : x > layout.width ? `${clock} ›` : clock);
    // The browser keeps it inside the plot by its own width: measuring it here would lay out the page twice a frame.
    const [left, right] = [-shownX, layout.width - shownX].map((x) => `${x.toFixed(1)}px`);
    this.#pill.style.transform = `translateX(clamp(${left}, -50%, ${right} - 100%))`;
  }

  #anchor(): number | undefined {
    const planned = this.#model?.planned;
    return planned === undefined || planned.kind === 'none' ? undefined : planned.moment.ms;
  }
}

/** The moment in words, with what a restore to it ends with. */
function valueText({ texts, planned, reader }: Model): string {
  if (planned.kind === 'none') return texts.get('cursor.none');
  const moment = formatMoment(reader, planned.moment.ms);
  if (planned.kind === 'refused') return `${moment}, ${texts.get('cursor.notRestorable')}`;
  if (planned.kind === 'asking') return moment;
  const { last } = planned.plan;
  if (last === undefined) return moment;
  return `${moment}, ${texts.get('cursor.last', { op: opWord(texts, last.op), ns: last.ns })}`;
}
