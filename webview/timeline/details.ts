import { actionButton } from './controls';
import { endMoment, momentOf } from './stepping';
import { button, h, replaceKeepingFocus, setAttribute, setText } from './dom';
import { EventCard } from './eventCard';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';
import { MomentCard } from './momentCard';
import { PlanCard } from './planCard';
import { SpanCard } from './spanCard';
import { opWord } from './words';

/** The pane below the chart: the chosen moment, the plan to get there, and what can be done with it. */
export class Details implements Part {
  readonly #span: SpanCard;
  readonly #event: EventCard;
  readonly #moment: MomentCard;
  readonly #plan: PlanCard;
  readonly #actions: Actions;
  readonly #preview;
  readonly #compare;
  readonly #restore;
  readonly #open;
  readonly #mark;
  readonly #buttons;
  readonly #pickTitle = h('h2');
  readonly #pickHint = h('p');
  readonly #pickLinks = h('p', { class: 'links' });
  readonly #pick;
  readonly #chosen;
  readonly #said = h('p', { class: 'unseen', role: 'status' });
  readonly element: HTMLElement;
  #model: Model | undefined;
  #links: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#span = new SpanCard(actions);
    this.#event = new EventCard(actions);
    this.#moment = new MomentCard(actions);
    this.#plan = new PlanCard(actions);
    this.#preview = actionButton('primary', 'eye', () => actions.preview());
    this.#compare = actionButton('secondary', 'compare', () => actions.compare());
    this.#restore = actionButton('secondary', 'restore', () => actions.restore());
    this.#open = actionButton('secondary', 'table', () => {
      if (this.#model?.scope !== undefined) actions.open(this.#model.scope);
    });
    this.#mark = actionButton('secondary', 'flag', () => actions.mark());
    this.#buttons = h(
      'div',
      { class: 'buttons' },
      this.#preview.element,
      this.#compare.element,
      this.#open.element,
      this.#mark.element,
      this.#restore.element,
    );
    this.#pick = h('div', { class: 'pick' }, this.#pickTitle, this.#pickHint, this.#pickLinks);
    this.#chosen = h(
      'div',
      { class: 'chosen' },
      this.#event.element,
      h('div', { class: 'chosen-left' }, this.#moment.element, this.#buttons),
      this.#plan.element,
    );
    this.element = h(
      'section',
      { class: 'details' },
      this.#span.element,
      this.#pick,
      this.#chosen,
      this.#said,
    );
  }

  update(model: Model): void {
    this.#model = model;
    const { texts, planned, scope, busy } = model;
    setAttribute(this.element, 'aria-label', texts.get('details.label'));
    this.#span.update(model);
    this.#pick.hidden = planned.kind !== 'none' || model.span !== undefined;
    this.#chosen.hidden = planned.kind === 'none';
    if (planned.kind === 'none') this.#updatePick(model);
    const blocked = busy !== undefined || planned.kind !== 'ready';
    const isCollection = scope?.includes('.') ?? false;
    this.#preview.update(texts.get('action.preview'), blocked, texts.get('action.previewHint'));
    this.#compare.update(texts.get('action.compare'), blocked, texts.get('action.compareHint'));
    this.#restore.update(texts.get('action.restore'), blocked, texts.get('action.restoreHint'));
    // At an event its own buttons do the same for what it touched.
    for (const { element } of [this.#preview, this.#compare, this.#restore])
      element.hidden = model.event !== undefined;
    this.#event.update(model);
    this.#open.update(
      texts.get('action.open'),
      blocked || !isCollection,
      isCollection ? undefined : texts.get('action.openHint'),
    );
    this.#mark.update(texts.get('action.mark'), blocked);
    this.#moment.update(model);
    this.#plan.update(model);
    this.#say(model);
  }

  /** Says the plan to those who do not see it; the cursor, while it has the focus, says it itself. */
  #say({ planned, texts }: Model): void {
    if (planned.kind !== 'ready' || document.activeElement?.role === 'slider') return setText(this.#said, '');
    const { last, operations } = planned.plan;
    const restored = last && texts.get('cursor.last', { op: opWord(texts, last.op), ns: last.ns });
    const parts = [texts.get('plan'), restored, texts.counted('operations', operations)];
    setText(this.#said, parts.filter((part) => part !== undefined).join(', '));
  }

  /** Guidance, and the moments most likely wanted. */
  #updatePick({ texts, coverage }: Model): void {
    const links = [texts, coverage];
    if (links.every((part, i) => part === this.#links[i])) return;
    this.#links = links;
    setText(this.#pickTitle, texts.get('details.pick'));
    setText(this.#pickHint, texts.get('details.pickHint'));
    const latest = endMoment(coverage, 'last');
    const mark = coverage.marks.at(-1);
    replaceKeepingFocus(
      this.#pickLinks,
      latest &&
        button({ class: 'link' }, () => this.#actions.choose(latest, 'now'), texts.get('details.latest')),
      mark &&
        button(
          { class: 'link' },
          () => this.#actions.choose(momentOf(mark.at), 'now'),
          icon('flag'),
          texts.get('details.latestMark', { name: mark.name }),
        ),
    );
  }
}
