import { h, setAttributes } from './dom';
import { formatDuration, formatMoment } from './format';
import type { Layout } from './layout';
import type { Actions, Model } from './model';
import { pixelOf, secondMs, lengthOf } from './scale';
import { stepThrough, type SpanEnd } from './span';
import { stepOf } from './stepping';

/** The chosen span over the plot, with an end on either side that is a slider. */
export class SpanBand {
  readonly element: HTMLElement;
  readonly #fill = h('div', { class: 'span-fill' });
  readonly #ends: Readonly<Record<SpanEnd, HTMLElement>>;
  #model: Model | undefined;

  constructor(actions: Actions) {
    this.#ends = { from: this.#end('from', actions), to: this.#end('to', actions) };
    this.element = h('div', { class: 'span-band' }, this.#fill, this.#ends.from, this.#ends.to);
  }

  update(model: Model, layout: Layout): void {
    this.#model = model;
    const { span, domain, texts, reader } = model;
    this.element.hidden = span === undefined;
    if (!span) return;
    const { bars, axis, width } = layout;
    this.element.style.top = `${bars.top}px`;
    this.element.style.height = `${axis.top - bars.top}px`;
    const place = (end: SpanEnd): number => pixelOf(domain, width, span[end].ms);
    const left = Math.min(Math.max(place('from'), 0), width);
    const right = Math.min(Math.max(place('to'), 0), width);
    this.#fill.style.transform = `translateX(${left.toFixed(2)}px)`;
    this.#fill.style.width = `${Math.max(right - left, 0).toFixed(2)}px`;
    for (const end of ['from', 'to'] as const) {
      const x = place(end);
      const element = this.#ends[end];
      element.style.transform = `translateX(${Math.min(Math.max(x, 0), width).toFixed(2)}px)`;
      element.classList.toggle('off', x < 0 || x > width);
      const other = span[end === 'from' ? 'to' : 'from'].ms;
      setAttributes(element, {
        'aria-label': texts.get(`span.${end}`),
        'aria-valuemin': Math.round(end === 'from' ? model.bounds.fromMs : other),
        'aria-valuemax': Math.round(end === 'from' ? other : model.bounds.toMs),
        'aria-valuenow': span[end].ms,
        'aria-valuetext': texts.get('span.value', {
          moment: formatMoment(reader, span[end].ms),
          duration: formatDuration(reader, Math.abs(other - span[end].ms)),
        }),
      });
    }
  }

  focusEnd(end: SpanEnd): void {
    this.#ends[end].focus({ preventScroll: true });
  }

  #end(end: SpanEnd, actions: Actions): HTMLElement {
    const element = h('div', {
      class: `span-end ${end}`,
      role: 'slider',
      tabindex: 0,
      'aria-orientation': 'horizontal',
      'data-end': end,
    });
    element.addEventListener('keydown', (event) => {
      const { span, domain, density, coverage } = this.#model ?? {};
      if (!span || !domain || !coverage || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = stepOf(event.key, false);
      if (step?.kind !== 'operation' && step?.kind !== 'view') return;
      const barMs = density?.buckets.stepMs ?? secondMs;
      event.preventDefault();
      const bars = span[end].ms / barMs;
      const toMs =
        step.kind === 'operation'
          ? barMs * (step.by === 1 ? Math.floor(bars) + 1 : Math.ceil(bars) - 1)
          : span[end].ms + step.by * Math.max(step.part * lengthOf(domain), barMs);
      actions.moveSpanEnd(end, stepThrough(coverage, span[end].ms, toMs));
    });
    return element;
  }
}
