import { actionButton } from './controls';
import { isEmpty } from './coverage';
import { h, setText } from './dom';
import { formatMoment } from './format';
import { icon } from './icons';
import type { Actions, Model, Part } from './model';

/** What to do before anything is recorded. */
export class EmptyState implements Part {
  readonly #title = h('h2');
  readonly #body = h('p');
  readonly #take;
  readonly element: HTMLElement;

  constructor(actions: Actions) {
    this.#take = actionButton('primary', 'camera', () => actions.takeSnapshot());
    this.element = h(
      'section',
      { class: 'empty' },
      icon('camera'),
      this.#title,
      this.#body,
      this.#take.element,
    );
  }

  update({ texts, coverage, busy, state }: Model): void {
    this.element.hidden = !isEmpty(coverage);
    if (this.element.hidden) return;
    const { state: recorder, reason } = state.status.recorder;
    const form =
      recorder === 'stalled' || recorder === 'failed' ? 'stalled' : recorder === 'stopped' ? 'never' : 'soon';
    setText(this.#title, texts.get(`empty.${form}`));
    setText(this.#body, form === 'stalled' ? (reason ?? '') : texts.get(`empty.${form}Body`));
    this.#take.element.hidden = form !== 'never';
    this.#take.update(texts.get('action.snapshot'), busy !== undefined);
  }
}

/** Says that time passes unrecorded. */
export class RecorderNotice implements Part {
  readonly #text = h('span');
  readonly element = h('div', { class: 'notice', role: 'status' }, icon('warning'), this.#text);

  update({ texts, reader, coverage, state }: Model): void {
    const off = state.status.recorder.state === 'stopped';
    this.element.hidden = !off || isEmpty(coverage);
    if (this.element.hidden) return;
    const last = coverage.ranges.at(-1);
    const text = last
      ? texts.get('notRecording', { time: formatMoment(reader, Math.floor(last.toMs / 1000) * 1000) })
      : texts.get('notRecording.never');
    setText(this.#text, text);
  }
}
