import type { NeighbourReport, PlanReport } from '../../src/protocol/job';
import { iconButton } from './controls';
import { nearestEnds } from './coverage';
import { button, h, replaceKeepingFocus, setAttribute, setText } from './dom';
import { formatClock, formatDate, formatOffset } from './format';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';
import { momentOf } from './stepping';
import { kindSigns, opKind, opWord, whenOf } from './words';

/** The chosen moment, and the recorded operations on either side of the cut it makes. */
export class MomentCard implements Part {
  readonly #clock = h('span', { class: 'clock' });
  readonly #date = h('span', { class: 'date' });
  readonly #clusterTime = h('code', { class: 'cluster-time' });
  readonly #copy;
  readonly #back;
  readonly #forward;
  readonly #body = h('div', { class: 'moment-body' });
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #waysOut = h('p', { class: 'links' });
  #ways: readonly unknown[] = [];
  #built: readonly unknown[] = [];
  #copied = '';

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#copy = iconButton('copy', () => void navigator.clipboard.writeText(this.#copied));
    this.#back = iconButton('back', () => actions.step({ kind: 'operation', by: -1 }));
    this.#forward = iconButton('forward', () => actions.step({ kind: 'operation', by: 1 }));
    this.element = h(
      'div',
      { class: 'moment' },
      h(
        'div',
        { class: 'moment-head' },
        this.#back.element,
        h(
          'div',
          { class: 'moment-time' },
          this.#clock,
          h('div', { class: 'moment-line' }, this.#date, this.#clusterTime, this.#copy.element),
        ),
        this.#forward.element,
      ),
      this.#body,
    );
  }

  update(model: Model): void {
    const { planned, texts, reader } = model;
    if (planned.kind === 'none') return;
    if (planned.kind === 'refused') this.#updateWaysOut(model, planned.moment.ms);
    const built = [planned, texts];
    if (built.every((part, i) => part === this.#built[i])) return;
    this.#built = built;
    const plan = planned.kind === 'ready' ? planned.plan : undefined;
    const { moment } = planned;
    setText(this.#clock, formatClock(reader, moment.ms));
    setText(this.#date, `${formatDate(reader, moment.ms)}, ${formatOffset(reader, moment.ms)}`);
    this.#copied = plan?.target ?? (moment.at.includes('T') ? '' : moment.at);
    setText(this.#clusterTime, this.#copied);
    setAttribute(this.#clusterTime, 'title', texts.get('details.clusterTime'));
    this.#copy.element.hidden = this.#copied === '';
    this.#copy.update(texts.get('details.copy', { text: this.#copied }));
    this.#back.update(texts.get('details.stepBack'), { disabled: plan !== undefined && !plan.previous });
    this.#forward.update(texts.get('details.stepForward'), { disabled: plan !== undefined && !plan.next });
    this.element.classList.toggle('asking', planned.kind === 'asking');
    if (planned.kind === 'refused') this.#showRefusal(model, planned);
    else if (planned.kind === 'ready') this.#showCut(model, planned.plan);
    else if (planned.before === undefined)
      this.#body.replaceChildren(h('p', { class: 'quiet-text' }, texts.get('details.planning')));
  }

  #showCut(model: Model, plan: PlanReport): void {
    const { texts } = model;
    this.#body.replaceChildren(
      h(
        'ol',
        { class: 'cut' },
        plan.previous && this.#operation(model, 'before', texts.get('details.previous'), plan.previous),
        plan.last
          ? this.#operation(model, 'last', texts.get('details.last'), plan.last)
          : h('li', { class: 'operation last none' }, texts.get('details.noLast')),
        h('li', { class: 'cut-line' }, h('span', {}, texts.get('details.cut'))),
        plan.next
          ? this.#operation(model, 'next', texts.get('details.next'), plan.next)
          : h('li', { class: 'operation next none' }, texts.get('details.noNext')),
      ),
    );
  }

  #operation(
    { texts, reader }: Model,
    place: string,
    heading: string,
    operation: NeighbourReport,
  ): HTMLElement {
    const kind = opKind(operation.op);
    return h(
      'li',
      { class: `operation ${place} ${kind}` },
      h(
        'div',
        { class: 'operation-heading' },
        h('span', {}, heading),
        h('time', {}, formatClock(reader, whenOf(operation))),
      ),
      h(
        'div',
        { class: 'operation-what' },
        h('span', { class: 'sign', 'aria-hidden': 'true' }, kindSigns[kind]),
        h('span', { class: 'op' }, opWord(texts, operation.op)),
        h('span', { class: 'ns', title: operation.ns }, operation.ns),
      ),
    );
  }

  /** Apart from the refusal, which would be read out again each time that more is recorded. */
  #updateWaysOut({ texts, reader, coverage }: Model, ms: number): void {
    const { earlier, later } = nearestEnds(coverage, ms);
    const ways = [texts, earlier, later];
    if (ways.every((part, i) => part === this.#ways[i])) return;
    this.#ways = ways;
    const go = (
      key: 'details.earlier' | 'details.later',
      at: string | undefined,
    ): HTMLElement | undefined => {
      if (at === undefined) return undefined;
      const moment = momentOf(at);
      const time = formatClock(reader, Math.floor(moment.ms / 1000) * 1000);
      return button(
        { class: 'link' },
        () => this.#actions.choose(moment, 'now'),
        `${texts.get(key)} · ${time}`,
      );
    };
    replaceKeepingFocus(this.#waysOut, go('details.earlier', earlier), go('details.later', later));
  }

  #showRefusal(
    { texts }: Model,
    refused: { readonly message: string; readonly hint: string | undefined },
  ): void {
    const reason = h(
      'div',
      { role: 'alert' },
      h('strong', {}, texts.get('details.refused')),
      h('p', {}, refused.message),
      refused.hint === undefined ? undefined : h('p', { class: 'hint' }, refused.hint),
    );
    this.#body.replaceChildren(
      h('div', { class: 'refusal' }, icon('warning'), h('div', {}, reason, this.#waysOut)),
    );
  }
}
