import type { Series } from './density';
import { button, h, setAttribute } from './dom';
import type { Layout } from './layout';
import type { Actions, Model } from './model';
import { rove } from './roving';

/** The names of the lanes; pressing one makes it the scope, or gives the scope back. */
export class LaneNames {
  readonly element = h('div', { class: 'lane-names', role: 'toolbar' });
  readonly #actions: Actions;
  readonly #group = rove(this.element, 'vertical');
  #shown = '';
  #scope: string | undefined;

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  update(model: Model, layout: Layout, lanes: readonly Series[]): void {
    this.#scope = model.scope;
    setAttribute(this.element, 'aria-label', model.texts.get('lanes.label'));
    const names = lanes.slice(0, layout.lanes.length).map((lane) => lane.ns);
    const key = JSON.stringify([names, layout.lanes, layout.gutter, model.scope]);
    if (key === this.#shown) return;
    this.#shown = key;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.textContent : undefined;
    this.element.replaceChildren(...names.map((ns, i) => this.#name(model, layout, ns, i)));
    for (const child of this.element.querySelectorAll('button')) if (child.textContent === focused) child.focus();
    this.#group.refresh();
  }

  #name(model: Model, layout: Layout, ns: string, i: number): HTMLElement {
    const dot = ns.indexOf('.');
    const element = button(
      {
        class: 'lane-name',
        title: model.texts.get('lanes.pick', { ns }),
        'aria-pressed': String(ns === model.scope),
      },
      () => this.#actions.pickScope(ns === this.#scope ? undefined : ns),
      h('span', { class: 'lane-database' }, dot < 0 ? '' : ns.slice(0, dot + 1)),
      h('span', { class: 'lane-collection' }, ns.slice(dot + 1)),
    );
    const band = layout.lanes[i];
    if (band) {
      element.style.top = `${band.top}px`;
      element.style.height = layout.gutter === 0 ? '15px' : `${band.height}px`;
    }
    return element;
  }
}
