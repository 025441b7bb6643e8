import { h, setText } from './dom';
import type { Model, Part } from './model';

/** A moving line at the top while the host works, and what it works on. */
export class BusyBar implements Part {
  readonly #label = h('span', { class: 'busy-label' });
  readonly element = h(
    'div',
    { class: 'busy', role: 'status' },
    h('span', { class: 'busy-line' }),
    this.#label,
  );

  update({ busy }: Model): void {
    this.element.classList.toggle('shown', busy !== undefined);
    setText(this.#label, busy ?? '');
  }
}
