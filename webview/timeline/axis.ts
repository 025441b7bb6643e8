import { setAttribute, svg } from './dom';
import { formatTick, isDayStart, type Reader } from './format';
import { pixelOf, timeTicks, type Domain } from './scale';

/** The axis of time; its labels are for eyes only, the cursor says its own time. */
export class Axis {
  readonly element = svg('svg', { class: 'axis', 'aria-hidden': 'true' });
  readonly #line = svg('path', { class: 'line' });
  #ticks = new Map<number, SVGElement>();
  #step = 0;

  constructor() {
    this.element.append(this.#line);
  }

  update(domain: Domain, reader: Reader, width: number, height: number): void {
    setAttribute(this.element, 'width', width);
    setAttribute(this.element, 'height', height);
    setAttribute(this.#line, 'd', `M0 0.5H${width}`);
    const times = timeTicks(domain, width, width < 420 ? 64 : 84);
    const [first, second] = times;
    const step = first !== undefined && second !== undefined ? second - first : 0;
    // Labels are written for one step; while the view pans they only move.
    const known = step === this.#step ? this.#ticks : new Map<number, SVGElement>();
    const ticks = new Map(times.map((ms) => [ms, known.get(ms) ?? tickAt(reader, ms, step)]));
    for (const [ms, tick] of this.#ticks) if (ticks.get(ms) !== tick) tick.remove();
    for (const [ms, tick] of ticks) {
      const x = Math.round(pixelOf(domain, width, ms));
      setAttribute(tick, 'transform', `translate(${x} 0)`);
      tick.classList.toggle('edge', x < 18 || x > width - 18);
      if (!tick.isConnected) this.element.append(tick);
    }
    this.#ticks = ticks;
    this.#step = step;
  }
}

function tickAt(reader: Reader, ms: number, step: number): SVGElement {
  const text = svg('text', { y: 18, 'text-anchor': 'middle' });
  text.textContent = formatTick(reader, ms, step);
  const kind = isDayStart(reader, ms) ? 'tick day' : 'tick';
  return svg('g', { class: kind }, svg('path', { d: 'M0.5 0V5', class: 'line' }), text);
}
