import type { Gap, PlacedMark, PlacedSnapshot } from './coverage';
import { button, h, setAttribute } from './dom';
import { formatBytes, formatDuration, formatMoment } from './format';
import { icon } from './icons';
import { placeFlags } from './labels';
import { flagRow, type Layout } from './layout';
import type { Actions, Model } from './model';
import { gapPixels } from './paint';
import { rove } from './roving';
import { contains, pixelOf, reveal, lengthOf } from './scale';
import { momentOf, type Moment } from './stepping';
import type { Tip } from './tooltip';

export interface LandmarkHost {
  readonly showTip: (
    tip: Tip,
    place: { readonly x: number; readonly y: number; readonly below?: boolean },
  ) => void;
  readonly hideTip: () => void;
}

interface Landmark {
  readonly kind: 'snapshot' | 'mark' | 'gap';
  readonly key: string;
  readonly ms: number;
  readonly moment: Moment;
  readonly element: HTMLButtonElement;
  readonly tip: Tip;
  /** Measured width of a flag, with its text. */
  readonly width: number;
  readonly gap?: Gap;
}

/** Snapshots, marks and gaps as buttons over the plot: one stop of the Tab key, in order of time. */
export class Landmarks {
  readonly element = h('div', { class: 'landmarks', role: 'toolbar' });
  readonly #actions: Actions;
  readonly #host: LandmarkHost;
  readonly #group = rove(this.element, 'horizontal');
  #landmarks: readonly Landmark[] = [];
  #builtFrom: readonly unknown[] = [];
  #model: Model | undefined;

  constructor(actions: Actions, host: LandmarkHost) {
    this.#actions = actions;
    this.#host = host;
  }

  update(model: Model, layout: Layout): void {
    this.#model = model;
    setAttribute(this.element, 'aria-label', model.texts.get('landmarks.label'));
    const { snapshots, marks, gaps } = model.coverage;
    const builtFrom = [snapshots, marks, gaps, model.texts];
    if (builtFrom.some((part, i) => part !== this.#builtFrom[i])) {
      this.#builtFrom = builtFrom;
      this.#build(model);
    }
    this.#place(model, layout);
  }

  #build(model: Model): void {
    const { coverage } = model;
    const kept = new Map(this.#landmarks.map((landmark) => [landmark.key, landmark]));
    const made = [
      ...coverage.snapshots.map((snapshot) => this.#snapshot(model, snapshot)),
      ...coverage.marks.map((mark) => this.#mark(model, mark)),
      ...coverage.gaps.map((gap) => this.#gap(model, gap)),
    ].toSorted((a, b) => a.ms - b.ms);
    // A button that is still wanted stays the same element, so that it keeps the focus.
    const landmarks = made.map((landmark) => {
      const before = kept.get(landmark.key);
      if (!before) return landmark;
      setAttribute(before.element, 'aria-label', landmark.element.getAttribute('aria-label') ?? '');
      return { ...landmark, element: before.element, width: before.width };
    });
    const focused = document.activeElement;
    this.element.replaceChildren(...landmarks.map((landmark) => landmark.element));
    if (focused instanceof HTMLElement && this.element.contains(focused)) focused.focus();
    this.#landmarks = landmarks.map((landmark) =>
      landmark.width > 0 ? landmark : { ...landmark, width: landmark.element.offsetWidth },
    );
    this.#group.refresh();
  }

  #snapshot(model: Model, snapshot: PlacedSnapshot): Landmark {
    const { texts, reader } = model;
    const { report } = snapshot;
    const documents = texts.counted('documents', report.documents);
    const bytes = formatBytes(reader, report.bytes);
    const time = formatMoment(reader, snapshot.ms);
    const tip = {
      title: texts.get('snapshot'),
      lines: [{ text: time }, { text: `${documents}, ${bytes}` }],
    };
    const label = texts.get('snapshot.summary', { documents, bytes, time });
    const element = this.#button('snapshot', label, h('span', { class: 'diamond' }));
    return this.#landmark('snapshot', report.id, snapshot.ms, momentOf(report.consistentAt), element, tip);
  }

  #mark(model: Model, mark: PlacedMark): Landmark {
    const time = formatMoment(model.reader, mark.ms);
    const tip = { title: mark.name, lines: [{ text: time }] };
    const label = model.texts.get('mark.summary', { name: mark.name, time });
    const name = h('span', { class: 'flag-name' }, mark.name);
    const element = this.#button('mark', label, icon('flag'), name);
    return this.#landmark('mark', `${mark.at} ${mark.name}`, mark.ms, momentOf(mark.at), element, tip);
  }

  #gap(model: Model, gap: Gap): Landmark {
    const { texts, reader } = model;
    const duration = formatDuration(reader, lengthOf(gap));
    const from = formatMoment(reader, gap.fromMs);
    const to = formatMoment(reader, gap.toMs);
    const { reason } = gap.report;
    const tip = {
      title: `${texts.get('gap')} · ${duration}`,
      lines: [{ text: `${from} –` }, { text: to }, { text: reason, className: 'reason' }],
    };
    const label = texts.get('gap.summary', { duration, from, to, reason });
    const element = this.#button('gap', label);
    return {
      ...this.#landmark('gap', gap.report.after, gap.fromMs, momentOf(gap.report.after), element, tip),
      gap,
    };
  }

  #button(kind: string, label: string, ...children: readonly Node[]): HTMLButtonElement {
    return button({ class: `landmark ${kind}`, 'aria-label': label }, () => undefined, ...children);
  }

  #landmark(
    kind: Landmark['kind'],
    id: string,
    ms: number,
    moment: Moment,
    element: HTMLButtonElement,
    tip: Tip,
  ): Landmark {
    const landmark = { kind, key: `${kind} ${id}`, ms, moment, element, tip, width: 0 };
    // The end of a gap moves while no snapshot ends it.
    const now = (): Landmark => this.#landmarks.find(({ key }) => key === landmark.key) ?? landmark;
    element.addEventListener('click', () => this.#actions.choose(moment, 'now'));
    element.addEventListener('focus', () => this.#onFocus(now()));
    element.addEventListener('pointerenter', () => this.#tip(now()));
    element.addEventListener('pointerleave', () => this.#host.hideTip());
    element.addEventListener('blur', () => this.#host.hideTip());
    return landmark;
  }

  #onFocus(landmark: Landmark): void {
    const model = this.#model;
    if (!model || !landmark.element.matches(':focus-visible')) return;
    if (!contains(model.domain, landmark.ms)) this.#actions.look(reveal(model.domain, landmark.ms));
    requestAnimationFrame(() => this.#tip(landmark));
  }

  #tip(landmark: Landmark): void {
    const box = landmark.element.getBoundingClientRect();
    const host = this.element.getBoundingClientRect();
    this.#host.showTip(landmark.tip, {
      x: box.left - host.left + Math.min(box.width, 24) / 2,
      y: box.top - host.top + box.height / 2,
    });
  }

  #place(model: Model, layout: Layout): void {
    const { domain } = model;
    const { width } = layout;
    const base = model.planned.kind === 'ready' ? model.planned.plan.snapshot.id : undefined;
    const marks = this.#landmarks.filter((landmark) => landmark.kind === 'mark');
    const flags = placeFlags(
      marks.map((mark) => ({ x: pixelOf(domain, width, mark.ms), width: mark.width })),
      width,
      layout.flagRows,
    );
    const middle = layout.coverage.top + layout.coverage.height / 2;
    for (const landmark of this.#landmarks) {
      const { element } = landmark;
      const x = pixelOf(domain, width, landmark.ms);
      let left = x;
      let top = middle;
      let inView = x >= 0 && x <= width;
      if (landmark.kind === 'mark') {
        const flag = flags[marks.indexOf(landmark)];
        const row = flag?.row;
        element.classList.toggle('folded', row === undefined);
        element.classList.toggle('left', flag?.side === 'left');
        left = row !== undefined && flag?.side === 'left' ? x - landmark.width : x;
        top = row === undefined ? layout.bars.top - 12 : layout.flags.top + row * flagRow + 2;
      } else if (landmark.gap) {
        const pixels = gapPixels(landmark.gap, domain, width);
        const from = Math.max(pixels.left, 0);
        const to = Math.min(pixels.left + pixels.width, width);
        inView = to > from;
        left = from - 2;
        element.style.width = `${Math.max(to - from, 0) + 4}px`;
      } else {
        element.classList.toggle('base', landmark.key === `snapshot ${base}`);
      }
      element.classList.toggle('off', !inView);
      // Out of view they wait at the edge, where they make nothing wider.
      const parked = Math.min(Math.max(left, 0), width - 16);
      element.style.transform = `translate(${Math.round(inView ? left : parked)}px, ${Math.round(top)}px)`;
    }
  }
}
