import { setAttribute, svg } from './dom';
import { formatTick, isDayStart, type Reader } from './format';
import { pixelOf, timeTicks, type Domain } from './scale';

/** The axis of time; its labels are for eyes only, the cursor says its own time. */
export class Axis {
  readonly element = svg('svg', { class: 'axis', 'aria-hidden': 'true' });
  #built = '';

  update(domain: Domain, reader: Reader, width: number, height: number): void {
    const ticks = timeTicks(domain, width, width < 420 ? 64 : 84);
    const [first, second] = ticks;
    const step = first !== undefined && second !== undefined ? second - first : 0;
    const placed = ticks.map((ms) => ({ ms, x: Math.round(pixelOf(domain, width, ms)) }));
    const built = JSON.stringify([placed, width]);
    if (built === this.#built) return;
    this.#built = built;
    setAttribute(this.element, 'width', width);
    setAttribute(this.element, 'height', height);
    this.element.replaceChildren(
      svg('path', { d: `M0 0.5H${width}`, class: 'line' }),
      ...placed.map(({ ms, x }) => {
        const text = svg('text', { y: 18, 'text-anchor': 'middle' });
        text.textContent = formatTick(reader, ms, step);
        const kind = `tick${isDayStart(reader, ms) ? ' day' : ''}${x < 18 || x > width - 18 ? ' edge' : ''}`;
        return svg(
          'g',
          { class: kind, transform: `translate(${x} 0)` },
          svg('path', { d: 'M0.5 0V5', class: 'line' }),
          text,
        );
      }),
    );
  }
}
