import type { Series } from './density';
import { button, h, replaceKeepingFocus, setAttribute } from './dom';
import type { Layout } from './layout';
import type { Actions, Model } from './model';
import { rove } from './roving';

/** About how wide a lane's name is, in pixels. */
export function nameWidth(ns: string): number {
  return Math.ceil(ns.length * 6.8);
}

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
    const key = JSON.stringify([
      names,
      layout.lanes,
      layout.gutter,
      model.scope,
      model.texts.get('lanes.pick'),
    ]);
    if (key === this.#shown) return;
    this.#shown = key;
    replaceKeepingFocus(this.element, ...names.map((ns, i) => this.#name(model, layout, ns, i)));
    this.#group.refresh();
  }

  #name(model: Model, layout: Layout, ns: string, i: number): HTMLElement {
    const dot = ns.indexOf('.');
    const fits = layout.gutter === 0 || nameWidth(ns) <= layout.gutter - 18;
    const element = button(
      {
        class: 'lane-name',
        title: model.texts.get('lanes.pick', { ns }),
        'aria-label': model.texts.get('lanes.pick', { ns }),
        'aria-pressed': String(ns === model.scope),
      },
      () => this.#actions.pickScope(ns === this.#scope ? undefined : ns),
      fits ? h('span', { class: 'lane-database' }, ns.slice(0, dot + 1)) : undefined,
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
