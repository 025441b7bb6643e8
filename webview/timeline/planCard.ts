import type { PlannedNamespace, PlanReport } from '../../src/protocol/job';
import { placeOf } from './coverage';
import { button, h, replaceKeepingFocus, setText } from './dom';
import { formatBytes, formatCount, formatDay, formatSeconds } from './format';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';

const maxRows = 500;

/** What a restore would do: from which snapshot, over how much of the recording, to which collections. */
export class PlanCard implements Part {
  readonly #title = h('h2');
  readonly #facts = h('dl', { class: 'facts' });
  readonly #warnings = h('ul', { class: 'warnings' });
  readonly #table = h('div', { class: 'table', tabindex: 0, role: 'region' });
  readonly element = h('div', { class: 'plan' }, this.#title, this.#facts, this.#warnings, this.#table);
  readonly #actions: Actions;
  #built: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  update(model: Model): void {
    const { planned, texts, busy } = model;
    const plan =
      planned.kind === 'ready' ? planned.plan : planned.kind === 'asking' ? planned.before : undefined;
    this.element.hidden = plan === undefined;
    this.element.classList.toggle('asking', planned.kind === 'asking');
    if (plan === undefined) return;
    const built = [plan, texts, busy, planned.kind];
    if (built.every((part, i) => part === this.#built[i])) return;
    this.#built = built;
    setText(this.#title, texts.get('plan'));
    this.#facts.replaceChildren(...facts(model, plan));
    this.#warnings.hidden = plan.warnings.length === 0;
    this.#warnings.replaceChildren(
      ...plan.warnings.map((warning) => h('li', {}, icon('warning'), h('span', {}, warning))),
    );
    this.#warnings.setAttribute('aria-label', texts.get('plan.warnings'));
    this.#table.setAttribute('aria-label', texts.get('plan.namespaces'));
    const blocked = busy !== undefined || planned.kind !== 'ready';
    replaceKeepingFocus(this.#table, ...this.#rows(model, plan, blocked));
  }

  #rows({ texts, reader }: Model, plan: PlanReport, blocked: boolean): readonly Node[] {
    if (plan.namespaces.length === 0) return [h('p', { class: 'quiet-text' }, texts.get('plan.empty'))];
    const renames = plan.namespaces.some((row) => row.to !== row.ns);
    const head = h(
      'tr',
      {},
      h('th', { scope: 'col' }, texts.get('plan.ns')),
      h('th', { scope: 'col', class: 'number' }, texts.get('plan.base')),
      h('th', { scope: 'col', class: 'number' }, texts.get('plan.ops')),
      renames ? h('th', { scope: 'col', class: 'to' }, texts.get('plan.to')) : undefined,
      h('th', { scope: 'col', class: 'act' }, h('span', { class: 'unseen' }, texts.get('plan.open'))),
    );
    const row = (namespace: PlannedNamespace): HTMLElement =>
      h(
        'tr',
        {},
        h(
          'th',
          { scope: 'row', class: 'ns', title: namespace.ns },
          h('div', { class: 'named' }, h('span', {}, namespace.ns), typeBadge(texts, namespace)),
        ),
        h('td', { class: 'number' }, formatCount(reader, namespace.baseDocuments)),
        h('td', { class: 'number' }, formatCount(reader, namespace.operations)),
        renames
          ? h(
              'td',
              { class: 'ns to', title: namespace.to },
              namespace.to === namespace.ns ? texts.get('plan.same') : namespace.to,
            )
          : undefined,
        h('td', { class: 'act' }, this.#open(texts, namespace.ns, blocked)),
      );
    const more = plan.namespaces.length - maxRows;
    const table = h(
      'table',
      {},
      h('thead', {}, head),
      h('tbody', {}, ...plan.namespaces.slice(0, maxRows).map(row)),
    );
    return more > 0 ? [table, h('p', { class: 'quiet-text' }, texts.counted('plan.more', more))] : [table];
  }

  #open(texts: Model['texts'], ns: string, blocked: boolean): HTMLElement {
    const label = texts.get('plan.openNs', { ns });
    return button(
      { class: 'link', 'aria-label': label, title: label, disabled: blocked },
      () => this.#actions.open(ns),
      texts.get('plan.open'),
    );
  }
}

function facts(model: Model, plan: PlanReport): readonly Node[] {
  const { texts, reader } = model;
  const { snapshot } = plan;
  const takenMs = Math.floor(placeOf(snapshot.consistentAt) / 1000) * 1000;
  const documents = texts.counted('documents', snapshot.documents);
  const fact = (name: string, value: string, detail: string): Node =>
    h(
      'div',
      { class: 'fact' },
      h('dt', {}, name),
      h('dd', { class: 'value' }, value),
      h('dd', { class: 'detail' }, detail),
    );
  return [
    fact(
      texts.get('plan.snapshot'),
      `${formatDay(reader, takenMs)} ${formatSeconds(reader, takenMs)}`,
      texts.get('plan.snapshotDetail', { documents, bytes: formatBytes(reader, snapshot.bytes) }),
    ),
    fact(
      texts.get('plan.segments'),
      formatBytes(reader, plan.segmentBytes),
      texts.counted('segments', plan.segments),
    ),
    fact(
      texts.get('plan.operations'),
      formatCount(reader, plan.operations),
      `${texts.get('plan.namespaces')}: ${formatCount(reader, plan.namespaces.length)}`,
    ),
  ];
}

function typeBadge(texts: Model['texts'], { type }: PlannedNamespace): Node | undefined {
  return type === 'collection' ? undefined : h('span', { class: 'badge' }, texts.get(`type.${type}`));
}
