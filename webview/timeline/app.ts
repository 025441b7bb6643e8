import type { TimelineIntent, TimelineMessage, TimelineState } from '../../src/protocol/timeline';
import { BusyBar } from './busyBar';
import { Chart } from './chart';
import { boundsOf, isEmpty, isRestorable, layOut, type Coverage } from './coverage';
import { kinds, type Kind } from './density';
import { countsOfSpan, countsOfView, DensityLoader, type DensityPorts } from './densityLoader';
import { Details } from './details';
import { h } from './dom';
import { EventList } from './eventList';
import { eventAt, eventInScope, eventStep, layOutEvents, type PlacedEvent } from './events';
import { EmptyState, RecorderNotice } from './emptyState';
import type { Reader } from './format';
import { Header } from './header';
import { Legend } from './legend';
import type { Actions, Model } from './model';
import { Planner } from './planner';
import { type SavedView } from './savedView';
import {
  clampDomain,
  contains,
  dayMs,
  reveal,
  lengthOf,
  timeAt,
  widened,
  zoomBy,
  type Domain,
} from './scale';
import { spanOver, withEnd, withEndAt, type Span } from './span';
import { endMoment, momentOf, neighbour, outOfGap, viewStep, type Moment, type Step } from './stepping';
import { Texts } from './strings';
import { Toolbar } from './toolbar';

export interface Host {
  readonly send: (intent: TimelineIntent) => void;
  readonly save: (view: SavedView) => void;
  readonly saved: SavedView | undefined;
  readonly reader: Reader;
}

/** Steps that may wait for their plans while an arrow key is held. */
const maxWaitingSteps = 8;

/** Holds what is known and chosen, and draws the page from it once a frame. */
export class App {
  readonly #host: Host;
  readonly #root: HTMLElement;
  readonly #planner: Planner;
  readonly #loader: DensityLoader;
  readonly #spanLoader: DensityLoader;
  readonly #chart: Chart;
  readonly #busyBar = new BusyBar();
  readonly #header = new Header();
  readonly #toolbar: Toolbar;
  readonly #legend: Legend;
  readonly #details: Details;
  readonly #eventList: EventList;
  readonly #emptyState: EmptyState;
  readonly #notice = new RecorderNotice();
  readonly #content: HTMLElement;
  readonly #loading = h('p', { class: 'loading' });

  #state: TimelineState | undefined;
  #receivedAt = 0;
  #coverage: Coverage = { ranges: [], gaps: [], snapshots: [], marks: [] };
  #texts: Texts;
  #domain: Domain | undefined;
  #follow = true;
  #scope: string | undefined;
  #shown: ReadonlySet<Kind> = new Set(kinds);
  #events: readonly PlacedEvent[] = [];
  #scoped: { readonly of: readonly unknown[]; readonly events: readonly PlacedEvent[] } | undefined;
  /** The event chosen by itself; another moment lets go of it. */
  #eventId: string | undefined;
  #span: Span | undefined;
  /** An event to show that is not known yet. */
  #wantedEvent: string | undefined;
  #busy: string | undefined;
  #waitingSteps = 0;
  #frame: number | undefined;
  #saved = '';

  constructor(root: HTMLElement, host: Host) {
    this.#root = root;
    this.#host = host;
    this.#texts = new Texts({}, host.reader.locale);
    this.#planner = new Planner({
      ask: (request, at, scope) => host.send({ kind: 'plan', request, at, scope }),
      changed: () => this.#draw(),
      after: (ms, call) => {
        const timer = window.setTimeout(call, ms);
        return () => window.clearTimeout(timer);
      },
    });
    const densityPorts: DensityPorts = {
      ask: ({ fromMs, toMs, count }) => host.send({ kind: 'density', fromMs, toMs, buckets: count }),
      now: () => performance.now(),
      after: (ms, call) => window.setTimeout(call, ms),
    };
    this.#loader = new DensityLoader(densityPorts);
    this.#spanLoader = new DensityLoader(densityPorts);
    const actions = this.#actions();
    this.#chart = new Chart(actions, () => this.#draw());
    this.#toolbar = new Toolbar(actions);
    this.#legend = new Legend(actions);
    this.#details = new Details(actions);
    this.#eventList = new EventList(actions);
    this.#emptyState = new EmptyState(actions);
    this.#content = h(
      'div',
      { class: 'content' },
      this.#toolbar.element,
      this.#notice.element,
      this.#legend.element,
      this.#chart.element,
      h('div', { class: 'below' }, this.#details.element, this.#eventList.element),
    );
    this.#loading.textContent = this.#texts.get('loading');
    root.append(this.#loading);
    this.#restoreView(host.saved);
    host.send({ kind: 'ready' });
  }

  receive(message: TimelineMessage): void {
    switch (message.kind) {
      case 'state':
        this.#takeState(message.state);
        break;
      case 'density':
        this.#loader.accept(message.density);
        this.#spanLoader.accept(message.density);
        break;
      case 'events':
        this.#takeEvents(layOutEvents(message.events));
        this.#showWanted();
        break;
      case 'select':
        this.#wantedEvent = message.event;
        this.#showWanted();
        break;
      case 'plan':
        if (this.#planner.accept(message.request, message.plan)) this.#continueSteps();
        break;
      case 'refused':
        if (this.#planner.refuse(message.request, message.message, message.hint)) this.#waitingSteps = 0;
        break;
      case 'busy':
        this.#busy = message.label;
        break;
    }
    this.#draw();
  }

  #takeState(state: TimelineState): void {
    const first = this.#state === undefined;
    if (first || JSON.stringify(state.strings) !== JSON.stringify(this.#state?.strings)) {
      this.#texts = new Texts(state.strings, this.#host.reader.locale);
    }
    const before = this.#coverage;
    this.#coverage = layOut(state.status, before);
    this.#state = state;
    this.#saveView();
    this.#receivedAt = performance.now();
    if (first) {
      this.#root.replaceChildren(
        this.#busyBar.element,
        this.#header.element,
        this.#emptyState.element,
        this.#content,
      );
      this.#tick();
    }
    const { planned } = this.#planner;
    if (planned.kind === 'refused' && isRestorable(this.#coverage, planned.moment.ms))
      this.#planner.choose(planned.moment, this.#scope, 'now');
    else if (
      planned.kind === 'ready' &&
      planned.plan.next === undefined &&
      this.#coverage.ranges !== before.ranges
    )
      this.#planner.refresh();
    else if (first && planned.kind === 'asking') this.#planner.choose(planned.moment, this.#scope, 'now');
    if (first) this.#showWanted();
  }

  #actions(): Actions {
    return {
      choose: (moment, when) => {
        this.#waitingSteps = 0;
        this.#eventId = undefined;
        this.#choose(moment, when);
      },
      step: (step) => this.#step(step),
      brush: (aMs, bMs) => this.#chooseSpan(spanOver(aMs, bMs, this.#barMs(), this.#coverage) ?? this.#span),
      moveSpanEnd: (end, ms) => {
        if (this.#span) this.#chooseSpan(withEndAt(this.#span, end, ms, this.#barMs(), this.#coverage));
      },
      endSpanHere: (end) => {
        const { planned } = this.#planner;
        if (planned.kind !== 'ready') return;
        const moment = { at: planned.plan.target, ms: planned.moment.ms };
        this.#chooseSpan(withEnd(this.#span, end, moment, this.#coverage) ?? this.#span);
      },
      dropSpan: () => this.#dropSpan(),
      zoomToSpan: () => {
        if (this.#span) this.#look(widened({ fromMs: this.#span.from.ms, toMs: this.#span.to.ms }), false);
      },
      compareSpan: () => this.#withSpan('compareSpan'),
      undoSpan: () => this.#withSpan('undoSpan'),
      look: (domain) => this.#look(domain, false),
      zoom: (factor, anchorMs) => this.#zoom(factor, anchorMs),
      fit: () => this.#look(this.#bounds(), true),
      follow: (on) => this.#setFollow(on),
      pickScope: (scope) => {
        this.#scope = scope;
        const { moment } = this.#planner;
        if (moment) this.#planner.choose(moment, scope, 'now');
        this.#draw();
      },
      toggleKind: (kind) => {
        const shown = new Set(this.#shown);
        if (!shown.delete(kind)) shown.add(kind);
        this.#shown = shown;
        this.#draw();
      },
      pickEvent: (id, when) =>
        this.#pickEvent(
          this.#events.find((e) => e.report.id === id),
          when,
        ),
      previewEvent: ({ report, before }) => this.#act({ kind: 'preview', at: before.at, scope: report.ns }),
      compareEvent: ({ report, before }) => this.#act({ kind: 'compare', at: before.at, scope: report.ns }),
      undoEvent: ({ report }) => this.#act({ kind: 'undo', event: report.id }),
      restoreEvent: ({ report, before }) => this.#act({ kind: 'restore', at: before.at, scope: report.ns }),
      preview: () => this.#withTarget((at) => ({ kind: 'preview', at, scope: this.#scope })),
      compare: () => this.#withTarget((at) => ({ kind: 'compare', at, scope: this.#scope })),
      restore: () => this.#withTarget((at) => ({ kind: 'restore', at, scope: this.#scope })),
      open: (ns) => this.#withTarget((at) => ({ kind: 'open', at, ns })),
      mark: () => this.#withTarget((at) => ({ kind: 'mark', at })),
      takeSnapshot: () => this.#host.send({ kind: 'takeSnapshot' }),
    };
  }

  /** Acts on the target of the plan in view: an exact cluster time, not the time it was picked by. */
  #withTarget(intent: (at: string) => TimelineIntent): void {
    const { planned } = this.#planner;
    if (planned.kind === 'ready') this.#act(intent(planned.plan.target));
  }

  #withSpan(kind: 'compareSpan' | 'undoSpan'): void {
    if (!this.#span) return;
    const { from, to } = this.#span;
    this.#act({ kind, from: from.at, to: to.at, scope: this.#scope });
  }

  #chooseSpan(span: Span | undefined): void {
    if (span === this.#span) return;
    this.#span = span;
    // Its ends would move under the pointer.
    if (span) this.#follow = false;
    this.#draw();
  }

  /** What is about it goes from the page, and must not take the focus along. */
  #dropSpan(): void {
    const hadFocus = document.activeElement?.closest('.span-band, .span-card');
    this.#chooseSpan(undefined);
    if (hadFocus) this.#chart.focusCursor();
  }

  #barMs(): number | undefined {
    return this.#loader.density?.buckets.stepMs;
  }

  #act(intent: TimelineIntent): void {
    if (this.#busy === undefined) this.#host.send(intent);
  }

  /** Chooses the moment just before an event, and shows it. */
  #pickEvent(event: PlacedEvent | undefined, when: 'now' | 'soon'): void {
    if (!event) return;
    this.#waitingSteps = 0;
    this.#eventId = event.report.id;
    // It would move out of view.
    this.#follow = false;
    if (this.#domain && !contains(this.#domain, event.fromMs))
      this.#look(reveal(this.#domain, event.fromMs), false);
    this.#choose(event.before, when);
  }

  /** A view that comes back has its event's moment only as near as a plan told it. */
  #takeEvents(events: readonly PlacedEvent[]): void {
    const first = this.#events.length === 0;
    this.#events = events;
    const chosen = first ? events.find((e) => e.report.id === this.#eventId) : undefined;
    if (chosen) this.#planner.choose(chosen.before, this.#scope, 'now');
  }

  /** An event asked for from outside gets a scope and a view that show it. */
  #showWanted(): void {
    const event = this.#events.find((e) => e.report.id === this.#wantedEvent);
    if (!event || !this.#state) return;
    this.#wantedEvent = undefined;
    if (!eventInScope(this.#scope, event)) this.#scope = undefined;
    this.#pickEvent(event, 'now');
  }

  #eventsInScope(): readonly PlacedEvent[] {
    const of = [this.#events, this.#scope];
    if (!this.#scoped || of.some((part, i) => part !== this.#scoped?.of[i]))
      this.#scoped = { of, events: this.#events.filter((event) => eventInScope(this.#scope, event)) };
    return this.#scoped.events;
  }

  #chosenEvent(): PlacedEvent | undefined {
    const events = this.#eventsInScope();
    const chosen =
      this.#eventId === undefined ? undefined : events.find((e) => e.report.id === this.#eventId);
    const { planned } = this.#planner;
    if (chosen || planned.kind !== 'ready') return chosen;
    return eventAt(events, planned.plan.target, planned.plan.next?.at);
  }

  #choose(moment: Moment, when: 'now' | 'soon'): void {
    this.#planner.choose(moment, this.#scope, when);
    this.#draw();
  }

  #step(step: Step): void {
    const { planned } = this.#planner;
    const model = this.#model();
    if (!model) return;
    if (step.kind === 'event') {
      const from = planned.kind === 'none' ? undefined : planned.moment;
      return this.#pickEvent(eventStep(model.events, model.event, from, step.by), 'soon');
    }
    if (planned.kind === 'none') {
      const latest = endMoment(this.#coverage, step.kind === 'end' ? step.which : 'last');
      return this.#goTo(latest);
    }
    switch (step.kind) {
      case 'end':
        return this.#goTo(endMoment(this.#coverage, step.which));
      case 'view':
        return this.#goTo(viewStep(planned.moment.ms, step, model.domain, this.#coverage, model.nowMs));
      case 'operation':
        if (planned.kind === 'ready') {
          const beside = neighbour(planned.plan, step.by);
          return beside ? this.#goTo(beside) : this.#planner.refresh();
        }
        if (planned.kind === 'refused')
          return this.#goTo(outOfGap(this.#coverage, planned.moment.ms, step.by));
        if (this.#waitingSteps * step.by < 0) this.#waitingSteps = 0;
        if (Math.abs(this.#waitingSteps) < maxWaitingSteps) this.#waitingSteps += step.by;
    }
  }

  #goTo(moment: Moment | undefined): void {
    if (!moment) {
      this.#waitingSteps = 0;
      return;
    }
    this.#eventId = undefined;
    if (this.#domain && !contains(this.#domain, moment.ms))
      this.#look(reveal(this.#domain, moment.ms), false);
    this.#choose(moment, 'now');
  }

  #continueSteps(): void {
    if (this.#waitingSteps === 0) return;
    const by = this.#waitingSteps > 0 ? 1 : -1;
    this.#waitingSteps -= by;
    const { planned } = this.#planner;
    this.#goTo(planned.kind === 'ready' ? neighbour(planned.plan, by) : undefined);
  }

  #look(domain: Domain, follow: boolean): void {
    this.#domain = clampDomain(domain, this.#bounds());
    this.#follow = follow;
    this.#draw();
  }

  /** Keeps the chosen moment in place where it is in view; else now while following, else the middle. */
  #zoom(factor: number, anchorMs: number | undefined): void {
    if (!this.#domain) return;
    const chosen = this.#planner.moment?.ms;
    const middle = timeAt(this.#domain, 1, 0.5);
    const wanted = anchorMs ?? (this.#follow ? this.#domain.toMs : (chosen ?? middle));
    const anchor = contains(this.#domain, wanted) ? wanted : middle;
    this.#look(zoomBy(this.#domain, factor, anchor), this.#follow && anchorMs === undefined);
  }

  #setFollow(on: boolean): void {
    this.#follow = on;
    if (on && this.#domain) this.#domain = this.#following(lengthOf(this.#domain));
    this.#draw();
  }

  #nowMs(): number {
    return (this.#state?.nowMs ?? Date.now()) + (performance.now() - this.#receivedAt);
  }

  #bounds(): Domain {
    return boundsOf(this.#coverage, this.#nowMs());
  }

  #following(lengthMs: number): Domain {
    const toMs = this.#nowMs() + lengthMs * 0.03;
    return clampDomain({ fromMs: toMs - lengthMs, toMs }, this.#bounds());
  }

  #model(): Model | undefined {
    if (!this.#state) return undefined;
    const bounds = this.#bounds();
    if (!this.#domain) this.#domain = this.#following(Math.min(lengthOf(bounds), dayMs));
    else if (this.#follow) this.#domain = this.#following(lengthOf(this.#domain));
    return {
      state: this.#state,
      coverage: this.#coverage,
      nowMs: this.#nowMs(),
      bounds,
      domain: this.#domain,
      follow: this.#follow,
      scope: this.#scope,
      shown: this.#shown,
      density: this.#loader.density,
      spanDensity: this.#spanLoader.density,
      events: this.#eventsInScope(),
      event: this.#chosenEvent(),
      planned: this.#planner.planned,
      span: this.#span,
      busy: this.#busy,
      texts: this.#texts,
      reader: this.#host.reader,
    };
  }

  #draw(): void {
    if (this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#render();
    });
  }

  #render(): void {
    const model = this.#model();
    if (!model) return;
    this.#content.hidden = isEmpty(model.coverage);
    this.#busyBar.update(model);
    this.#header.update(model);
    this.#emptyState.update(model);
    if (this.#content.hidden) return;
    this.#toolbar.update(model);
    this.#notice.update(model);
    this.#chart.update(model);
    this.#legend.update(model);
    this.#details.update(model);
    this.#eventList.update(model);
    const grows = model.domain.toMs >= model.nowMs && model.state.status.recorder.state !== 'stopped';
    this.#loader.show(countsOfView(model.domain, this.#chart.width, grows));
    if (model.span) this.#spanLoader.show(countsOfSpan(model.span));
    this.#saveView();
  }

  /** Moves the edge of now, a pixel at a time; once a second is enough where less motion is wanted. */
  #tick(): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const pixelMs = this.#domain ? lengthOf(this.#domain) / Math.max(this.#chart.width, 1) : 1000;
    const wait = Math.min(Math.max(pixelMs, calm ? 1000 : 40), 1000);
    window.setTimeout(() => {
      if (!document.hidden) this.#draw();
      this.#tick();
    }, wait);
  }

  #restoreView(saved: SavedView | undefined): void {
    if (!saved) return;
    this.#domain = saved.domain;
    this.#follow = saved.follow;
    this.#scope = saved.scope;
    this.#shown = new Set(saved.shown);
    if (saved.at !== undefined) this.#planner.restore(momentOf(saved.at));
    this.#eventId = saved.event;
    this.#span = saved.span;
  }

  #saveView(): void {
    const { planned, moment } = this.#planner;
    if (!this.#state) return;
    const view: SavedView = {
      connectionId: this.#state.connectionId,
      domain: this.#domain,
      follow: this.#follow,
      scope: this.#scope,
      shown: [...this.#shown],
      at: planned.kind === 'ready' ? planned.plan.target : moment?.at,
      event: this.#eventId,
      span: this.#span,
    };
    // While following, the domain moves by itself: not worth a save each frame.
    const key = JSON.stringify(
      view.follow && view.domain ? { ...view, domain: Math.round(lengthOf(view.domain)) } : view,
    );
    if (key === this.#saved) return;
    this.#saved = key;
    this.#host.save(view);
  }
}
