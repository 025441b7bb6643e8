import { h } from './dom';

export interface TipLine {
  readonly text: string;
  readonly value?: string;
  readonly className?: string;
  readonly sign?: string;
}

export interface Tip {
  readonly title: string;
  readonly lines: readonly TipLine[];
}

/** A small box beside, or below, a place in `host`, kept inside it; for eyes only, its words are in labels too. */
export class Tooltip {
  readonly element = h('div', { class: 'tip', 'aria-hidden': 'true' });
  #shown: string | undefined;

  show(
    tip: Tip,
    place: { readonly x: number; readonly y: number; readonly below?: boolean },
    host: { readonly width: number; readonly height: number },
  ): void {
    const key = JSON.stringify(tip);
    if (key !== this.#shown) {
      this.#shown = key;
      this.element.replaceChildren(
        h('div', { class: 'tip-title' }, tip.title),
        ...tip.lines.map(lineElement),
      );
    }
    this.element.classList.add('shown');
    const { offsetWidth, offsetHeight } = this.element;
    const right = place.x + 14 + offsetWidth <= host.width;
    const x = right
      ? place.x + 14
      : Math.max(place.x - 14 - offsetWidth, Math.min(0, host.width - offsetWidth));
    const top = place.below === true ? place.y : place.y - offsetHeight / 2;
    const y = Math.min(Math.max(top, 0), Math.max(host.height - offsetHeight, 0));
    this.element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  hide(): void {
    this.element.classList.remove('shown');
  }
}

function lineElement(line: TipLine): HTMLElement {
  return h(
    'div',
    { class: `tip-line ${line.className ?? ''}` },
    line.sign === undefined ? undefined : h('span', { class: 'sign' }, line.sign),
    h('span', { class: 'tip-text' }, line.text),
    line.value === undefined ? undefined : h('span', { class: 'tip-value' }, line.value),
  );
}
