import { isEmpty } from './coverage';
import { h, setAttribute, setText } from './dom';
import { formatDuration, formatMoment, formatNear, formatDay, formatMinutes } from './format';
import type { Model, Part } from './model';
import { lengthOf } from './scale';

/** Whose timeline it is, how the recorder does, and what can be restored. */
export class Header implements Part {
  readonly #name = h('h1');
  readonly #state = h('span', { class: 'state', role: 'status' });
  readonly #lag = h('span', { class: 'lag' });
  readonly #reason = h('span', { class: 'state-reason' });
  readonly #recorder = h(
    'div',
    { class: 'recorder' },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    this.#state,
    this.#lag,
  );
  readonly #range = h('div', { class: 'range' });
  readonly #rangeName = h('span', { class: 'range-name' });
  readonly #rangeSpan = h('span', { class: 'range-span' });
  readonly #rangeRest = h('span', { class: 'range-rest' });
  readonly element: HTMLElement;
  #shown: readonly unknown[] = [];

  constructor() {
    this.#range.append(this.#rangeName, ' ', this.#rangeSpan, ' ', this.#rangeRest);
    this.element = h(
      'header',
      { class: 'header' },
      h('div', { class: 'header-line' }, this.#name, this.#recorder),
      this.#reason,
      this.#range,
    );
  }

  update(model: Model): void {
    const { texts, reader, state, coverage } = model;
    const shown = [texts, reader, state, coverage, isLive(model)];
    if (shown.every((part, i) => part === this.#shown[i])) return;
    this.#shown = shown;
    const { recorder } = state.status;
    setText(this.#name, state.connection);
    setAttribute(this.#recorder, 'data-state', recorder.state);
    setText(this.#state, texts.get(`recorder.${recorder.state}`));
    setText(this.#lag, lagText(model));
    const holder =
      recorder.holder === undefined ? undefined : texts.get('recorder.holder', { holder: recorder.holder });
    // Where there is nothing else to show, the page says it in its middle.
    const isTrouble = recorder.state === 'stalled' || recorder.state === 'failed';
    const isSaid = isTrouble && isEmpty(model.coverage);
    const reason = [isSaid ? undefined : recorder.reason, recorder.state === 'waiting' ? holder : undefined];
    setText(this.#reason, reason.filter((part) => part !== undefined).join(', '));
    this.#updateRange(model);
    setAttribute(this.#range, 'title', rangeTitle(model, reader));
  }

  #updateRange(model: Model): void {
    const { texts, reader, coverage } = model;
    const first = coverage.ranges[0];
    const last = coverage.ranges.at(-1);
    if (!first || !last) {
      setText(this.#rangeName, texts.get('restorable.none'));
      setText(this.#rangeSpan, '');
      setText(this.#rangeRest, '');
      return;
    }
    const to = isLive(model) ? texts.get('restorable.now') : formatNear(reader, last.toMs, first.fromMs);
    const from = `${formatDay(reader, first.fromMs)} ${formatMinutes(reader, first.fromMs)}`;
    const length = coverage.ranges.reduce((total, range) => total + lengthOf(range), 0);
    const rest = [texts.get('restorable.length', { duration: formatDuration(reader, length) })];
    if (coverage.gaps.length > 0) rest.push(texts.counted('gaps', coverage.gaps.length));
    setText(this.#rangeName, texts.get('restorable'));
    setText(this.#rangeSpan, texts.get('restorable.span', { from, to }));
    setText(this.#rangeRest, rest.map((part) => `· ${part}`).join(' '));
  }
}

/** Whether what is restorable ends now, as far as anyone can see. */
function isLive({ state, coverage, nowMs }: Model): boolean {
  const last = coverage.ranges.at(-1);
  return last !== undefined && state.status.recorder.state === 'recording' && nowMs - last.toMs < 60_000;
}

function lagText({ texts, reader, state }: Model): string {
  const { recorder } = state.status;
  if (recorder.state === 'stalled' && recorder.stalledSinceMs !== undefined)
    return texts.get('recorder.since', { time: formatMinutes(reader, recorder.stalledSinceMs) });
  if (recorder.lagMs === undefined || recorder.state === 'stopped' || recorder.state === 'waiting') return '';
  return texts.get('recorder.behind', { duration: formatDuration(reader, recorder.lagMs) });
}

function rangeTitle({ coverage }: Model, reader: Model['reader']): string | undefined {
  const lines = coverage.ranges.map(
    (r) => `${formatMoment(reader, r.fromMs)} – ${formatMoment(reader, r.toMs)}`,
  );
  return lines.length === 0 ? undefined : lines.join('\n');
}
