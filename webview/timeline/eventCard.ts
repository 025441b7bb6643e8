import { idLabel } from '../../src/core/idLabel';
import { actionButton, iconButton } from './controls';
import { h, setText } from './dom';
import { eventColor, type PlacedEvent } from './events';
import { amountOf, eventIcon, namespaceOf, timeOf, titleOf } from './eventWords';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';

/** The event at the chosen moment: what happened, how much, when, and what can be done about it. */
export class EventCard implements Part {
  readonly #what = h('span', { class: 'event-what' });
  readonly #title = h('h2');
  readonly #sign = h('span', { class: 'sign', 'aria-hidden': 'true' });
  readonly #previous;
  readonly #next;
  readonly #facts = h('dl', { class: 'event-facts' });
  readonly #preview;
  readonly #compare;
  readonly #undo;
  readonly #restore;
  readonly element: HTMLElement;
  #built: readonly unknown[] = [];
  #event: PlacedEvent | undefined;

  constructor(actions: Actions) {
    const act = (call: (event: PlacedEvent) => void) => (): void => {
      if (this.#event) call(this.#event);
    };
    this.#previous = iconButton('back', () => actions.step({ kind: 'event', by: -1 }));
    this.#next = iconButton('forward', () => actions.step({ kind: 'event', by: 1 }));
    this.#preview = actionButton(
      'primary',
      'eye',
      act((e) => actions.previewEvent(e)),
    );
    this.#compare = actionButton(
      'secondary',
      'compare',
      act((e) => actions.compareEvent(e)),
    );
    this.#undo = actionButton(
      'secondary',
      'undo',
      act((e) => actions.undoEvent(e)),
    );
    this.#restore = actionButton(
      'secondary',
      'restore',
      act((e) => actions.restoreEvent(e)),
    );
    const buttons = [this.#preview, this.#compare, this.#undo, this.#restore];
    this.element = h(
      'section',
      { class: 'event-card', 'aria-labelledby': 'event-title' },
      h(
        'div',
        { class: 'event-head' },
        this.#sign,
        h('div', { class: 'event-titles' }, this.#what, this.#title),
        this.#previous.element,
        this.#next.element,
      ),
      this.#facts,
      h('div', { class: 'buttons' }, ...buttons.map(({ element }) => element)),
    );
    this.#title.id = 'event-title';
  }

  update(model: Model): void {
    const { event, texts, events, planned, busy } = model;
    this.#event = event;
    this.element.hidden = event === undefined;
    if (!event) return;
    const blocked = busy !== undefined || planned.kind !== 'ready';
    this.#preview.update(texts.get('event.preview'), blocked, texts.get('event.previewHint'));
    this.#compare.update(texts.get('event.compare'), blocked, texts.get('event.compareHint'));
    this.#undo.update(texts.get('event.undo'), blocked, texts.get('event.undoHint'));
    this.#restore.update(texts.get('event.restore'), blocked, texts.get('event.restoreHint'));
    const at = events.indexOf(event);
    this.#previous.update(texts.get('event.previous'), { disabled: at <= 0 });
    this.#next.update(texts.get('event.next'), { disabled: at < 0 || at === events.length - 1 });
    const built = [event, texts];
    if (built.every((part, i) => part === this.#built[i])) return;
    this.#built = built;
    const { report } = event;
    this.element.className = `event-card ${eventColor(report.kind)}`;
    this.#sign.replaceChildren(icon(eventIcon(report)));
    setText(this.#what, texts.get('event.what'));
    setText(this.#title, titleOf(texts, report));
    this.#facts.replaceChildren(...factsOf(model, event));
  }
}

function factsOf(model: Model, event: PlacedEvent): readonly Node[] {
  const { texts } = model;
  const { report } = event;
  const fact = (name: string, ...value: readonly (Node | string)[]): Node =>
    h('div', { class: 'event-fact' }, h('dt', {}, name), h('dd', {}, ...value));
  const amount = amountOf(texts, report);
  const ids = report.sampleIds.slice(0, 5);
  return [
    fact(texts.get('event.when'), timeOf(model, event)),
    fact(texts.get('event.ns'), h('span', { class: 'ns' }, namespaceOf(texts, report))),
    ...(amount === undefined ? [] : [fact(texts.get('event.count'), amount)]),
    ...(ids.length === 0
      ? []
      : [
          fact(
            texts.get('event.ids'),
            h('ul', { class: 'ids' }, ...ids.map((id) => h('li', { class: 'ns', title: id }, idLabel(id)))),
          ),
        ]),
  ];
}
