import { Axis } from './axis';
import { Cursor } from './cursor';
import { busiest, bucketsIn, inScope, peak, sum, type Density, type Series } from './density';
import { h, setAttribute, setText } from './dom';
import { EventMarks } from './eventMarks';
import { formatDay, formatDuration, formatShortCount } from './format';
import { listenToGestures } from './gestures';
import { tipAt } from './hoverTip';
import { type LandmarkHost, Landmarks } from './landmarks';
import { LaneNames, nameWidth } from './laneNames';
import { eventRow, layOutChart, type Layout } from './layout';
import type { Actions, Model, Part } from './model';
import { paint } from './paint';
import { pixelOf, timeAt } from './scale';
import { SpanBand } from './spanBand';
import { momentAt } from './stepping';
import { readTheme, watchTheme, type Theme } from './theme';
import { Tooltip } from './tooltip';

const maxLanes = 8;

/** The chart: bars, lanes, coverage, axis, and everything that lies over them. */
export class Chart implements Part {
  readonly element: HTMLElement;
  readonly #canvas = h('canvas', { 'aria-hidden': 'true' });
  readonly #axis = new Axis();
  readonly #nowEdge = h('div', { class: 'now', 'aria-hidden': 'true' }, h('span', { class: 'now-text' }));
  readonly #peak = h('div', { class: 'peak', 'aria-hidden': 'true' });
  readonly #quiet = h('div', { class: 'quiet' });
  readonly #rowNames = h('div', { class: 'row-names', 'aria-hidden': 'true' });
  readonly #plot: HTMLElement;
  readonly #cursor: Cursor;
  readonly #spanBand: SpanBand;
  readonly #landmarks: Landmarks;
  readonly #eventMarks: EventMarks;
  readonly #laneNames: LaneNames;
  readonly #hoverLine = h('div', { class: 'hover-line', 'aria-hidden': 'true' });
  readonly #tooltip = new Tooltip();
  readonly #changed: () => void;
  #theme: Theme | undefined;
  #model: Model | undefined;
  #layout: Layout = layOutChart(600, 800, { lanes: 0 });
  #hover: { x: number; y: number } | undefined;
  #painted: readonly unknown[] = [];
  #named = '';
  #summed:
    { density: Density; scope: string | undefined; total: Series; lanes: readonly Series[] } | undefined;

  constructor(actions: Actions, changed: () => void) {
    this.#changed = changed;
    this.#cursor = new Cursor(actions);
    this.#spanBand = new SpanBand(actions);
    this.#laneNames = new LaneNames(actions);
    const tips: LandmarkHost = {
      showTip: (tip, place) => {
        this.#hover = undefined;
        this.#tooltip.show(tip, place, this.#layout);
      },
      hideTip: () => this.#tooltip.hide(),
    };
    this.#landmarks = new Landmarks(actions, tips);
    this.#eventMarks = new EventMarks(actions, tips);
    this.#plot = h(
      'div',
      { class: 'plot' },
      this.#canvas,
      this.#axis.element,
      this.#nowEdge,
      this.#peak,
      this.#quiet,
      this.#hoverLine,
      this.#spanBand.element,
      this.#cursor.element,
      this.#eventMarks.element,
      this.#landmarks.element,
      this.#tooltip.element,
    );
    this.element = h(
      'section',
      { class: 'chart' },
      this.#rowNames,
      this.#plot,
      this.#laneNames.element,
      this.#cursor.help,
    );
    this.#listen(actions);
  }

  /** The width of the plot, in pixels: what buckets are asked for. */
  get width(): number {
    return this.#layout.width;
  }

  update(model: Model): void {
    this.#model = model;
    this.#theme ??= readTheme(this.element);
    setAttribute(this.element, 'aria-label', model.texts.get('title'));
    const { total, lanes } = this.#sums(model);
    const longestName = Math.max(...lanes.map((lane) => nameWidth(lane.ns)), 0);
    this.#layout = layOutChart(this.element.clientWidth, window.innerHeight, {
      lanes: lanes.length,
      longestName,
      hasEvents: model.events.length > 0,
      hasMarks: model.coverage.marks.length > 0,
    });
    this.#eventMarks.update(model, this.#layout);
    const { poles } = this.#eventMarks;
    const { scope, domain, coverage, density, shown, event } = model;
    const theme = this.#theme;
    const key = [
      this.#layout.width,
      this.#layout.height,
      domain.fromMs,
      domain.toMs,
      coverage,
      density,
      shown,
      scope,
      theme,
      poles,
      event,
      devicePixelRatio,
    ];
    if (key.some((part, i) => part !== this.#painted[i])) {
      this.#painted = key;
      this.#resize();
      const context = this.#canvas.getContext('2d');
      const scale = devicePixelRatio;
      context?.setTransform(scale, 0, 0, scale, 0, 0);
      if (context) paint(context, { ...model, poles, layout: this.#layout, total, lanes, theme });
      this.#axis.update(domain, model.reader, this.#layout.width, this.#layout.axis.height);
      this.#updateNotes(model, total);
      this.#laneNames.update(model, this.#layout, lanes);
    }
    this.#updateNow(model);
    this.#landmarks.update(model, this.#layout);
    this.#cursor.update(model, this.#layout);
    this.#spanBand.update(model, this.#layout);
    if (this.#hover) this.#tip(this.#hover);
  }

  focusCursor(): void {
    this.#cursor.element.focus({ preventScroll: true });
  }

  #listen(actions: Actions): void {
    new ResizeObserver(this.#changed).observe(this.element);
    window.addEventListener('resize', this.#changed);
    watchTheme(() => {
      this.#theme = undefined;
      this.#changed();
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') actions.dropSpan();
    });
    const start = { fromMs: 0, toMs: 3_600_000 };
    listenToGestures(this.#plot, {
      view: () => ({
        domain: this.#model?.domain ?? start,
        width: this.#layout.width,
        axisTop: this.#layout.axis.top,
      }),
      look: actions.look,
      pick: (x, by, done) => {
        if (!this.#model) return;
        if (by === 'press') actions.dropSpan();
        actions.choose(momentAt(this.#timeAt(x)), done ? 'now' : 'soon');
        this.focusCursor();
      },
      brush: (fromX, toX, done) => {
        actions.brush(this.#timeAt(fromX), this.#timeAt(toX));
        if (done) this.#spanBand.focusEnd(toX < fromX ? 'from' : 'to');
      },
      moveEnd: (end, x) => {
        actions.moveSpanEnd(end, this.#timeAt(x));
        this.#spanBand.focusEnd(end);
      },
      hover: (place) => {
        const before = this.#hover;
        this.#hover = place;
        if (place) this.#tip(place);
        else if (before) this.#tooltip.hide();
      },
    });
  }

  /** The time at a place in the plot, no later than now. */
  #timeAt(x: number): number {
    const { domain, nowMs } = this.#model ?? {};
    return domain ? Math.min(timeAt(domain, this.#layout.width, x), nowMs ?? domain.toMs) : 0;
  }

  #tip(place: { readonly x: number; readonly y: number }): void {
    const { bars, axis } = this.#layout;
    this.#hoverLine.style.top = `${bars.top}px`;
    this.#hoverLine.style.height = `${axis.top - bars.top}px`;
    this.#hoverLine.style.transform = `translateX(${Math.round(place.x)}px)`;
    const tip = this.#model && tipAt(this.#model, this.#layout, this.#summed, place);
    if (tip) this.#tooltip.show(tip, place, this.#layout);
    else this.#tooltip.hide();
  }

  #sums(model: Model): { total: Series | undefined; lanes: readonly Series[] } {
    const { density, scope } = model;
    if (!density) return { total: undefined, lanes: [] };
    if (this.#summed?.density !== density || this.#summed.scope !== scope) {
      const rows = density.rows.filter((row) => inScope(scope, row.ns));
      this.#summed = {
        density,
        scope,
        total: sum(rows, density.buckets.count),
        lanes: busiest(rows, maxLanes),
      };
    }
    return this.#summed;
  }

  #resize(): void {
    const { width, height, gutter, axis } = this.#layout;
    const scale = devicePixelRatio;
    const [w, t] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width !== w || this.#canvas.height !== t) {
      this.#canvas.width = w;
      this.#canvas.height = t;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
      this.#plot.style.height = `${height}px`;
    }
    this.element.classList.toggle('narrow', gutter === 0);
    this.#plot.style.marginLeft = `${gutter}px`;
    this.#laneNames.element.style.width = gutter === 0 ? '' : `${gutter - 10}px`;
    this.#rowNames.style.width = `${Math.max(gutter - 10, 0)}px`;
    this.#axis.element.style.top = `${axis.top}px`;
  }

  #updateNotes({ density, domain, shown, texts, reader }: Model, total: Series | undefined): void {
    const { bars, coverage, axis, gutter } = this.#layout;
    const counts = density && total ? bucketsIn(density.buckets, domain) : undefined;
    const most = total && counts ? peak(total, counts.from, counts.to, shown) : 0;
    const step = density ? formatDuration(reader, density.buckets.stepMs) : '';
    const count = formatShortCount(reader, most);
    setText(this.#peak, most === 0 ? '' : texts.get('chart.peak', { count, step }));
    this.#peak.style.top = `${bars.top - 3}px`;
    setText(this.#quiet, density && most === 0 ? texts.get('chart.quiet') : '');
    this.#quiet.style.top = `${bars.top + bars.height / 2 - 8}px`;
    const names: readonly (readonly [string, number, number])[] =
      gutter === 0
        ? []
        : [
            ...(this.#layout.eventRows > 0 ? ([[texts.get('events.label'), 0, eventRow]] as const) : []),
            [texts.get('lanes.operations'), bars.top + bars.height - 20, 20],
            [texts.get('restorable'), coverage.top, coverage.height],
            [formatDay(reader, domain.fromMs), axis.top, axis.height],
          ];
    const named = JSON.stringify(names);
    if (named === this.#named) return;
    this.#named = named;
    this.#rowNames.replaceChildren(
      ...names.map(([text, top, height]) => {
        const name = h('div', { class: 'row-name' }, text);
        name.style.top = `${top}px`;
        name.style.height = `${height}px`;
        return name;
      }),
    );
  }

  #updateNow({ domain, nowMs, texts }: Model): void {
    const { width, bars, axis } = this.#layout;
    const x = pixelOf(domain, width, nowMs);
    const text = this.#nowEdge.firstElementChild;
    if (text) setText(text, texts.get('chart.now'));
    this.#nowEdge.classList.toggle('off', x < 0 || x > width);
    this.#nowEdge.classList.toggle('flip', x > width - 34);
    this.#nowEdge.style.top = `${bars.top}px`;
    this.#nowEdge.style.height = `${axis.top - bars.top}px`;
    this.#nowEdge.style.transform = `translateX(${Math.min(Math.max(x, 0), width).toFixed(2)}px)`;
  }
}
