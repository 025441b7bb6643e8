import { panBy, lengthOf, timeAt, zoomBy, type Domain } from './scale';
import type { SpanEnd } from './span';

export interface GestureTargets {
  /** Where the plot's pixels lie in time, and where the axis begins. */
  readonly view: () => { readonly domain: Domain; readonly width: number; readonly axisTop: number };
  readonly look: (domain: Domain) => void;
  /** A press on the plot, or a drag of the cursor; `done` when the button is let go. */
  readonly pick: (x: number, by: 'press' | 'drag', done: boolean) => void;
  /** A drag over the plot, from one place to another. */
  readonly brush: (fromX: number, toX: number, done: boolean) => void;
  /** A drag of one end of the chosen span. */
  readonly moveEnd: (end: SpanEnd, x: number) => void;
  readonly hover: (place: Place | undefined) => void;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

type Drag =
  | { readonly kind: 'press'; readonly fromX: number }
  | { readonly kind: 'brush'; readonly fromX: number }
  | { readonly kind: 'scrub' }
  | { readonly kind: 'end'; readonly end: SpanEnd }
  | { readonly kind: 'pan'; readonly fromX: number; readonly domain: Domain };

/** A press that moves less, in pixels, is no drag. */
const slack = 4;

/**
 * Pointers on the plot: a press chooses a moment, a drag a span; the cursor and the ends of a span are dragged by
 * themselves; the wheel zooms; Shift or the axis or the middle button pans.
 */
export function listenToGestures(plot: HTMLElement, targets: GestureTargets): void {
  let drag: Drag | undefined;

  plot.addEventListener('pointerdown', (event) => {
    const place = placeIn(plot, event);
    const { domain, axisTop } = targets.view();
    if (event.button > 1 || isOnButton(event)) return;
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
    const pans = event.button === 1 || event.shiftKey;
    drag = (pans ? undefined : handleAt(event)) ?? {
      kind: pans || place.y >= axisTop ? 'pan' : 'press',
      fromX: place.x,
      domain,
    };
    plot.classList.toggle('panning', drag.kind === 'pan');
  });
  plot.addEventListener('pointermove', (event) => {
    const place = placeIn(plot, event);
    if (drag?.kind === 'press' && Math.abs(place.x - drag.fromX) >= slack)
      drag = { kind: 'brush', fromX: drag.fromX };
    switch (drag?.kind) {
      case 'scrub':
        targets.pick(place.x, 'drag', false);
        break;
      case 'brush':
        targets.brush(drag.fromX, place.x, false);
        break;
      case 'end':
        targets.moveEnd(drag.end, place.x);
        break;
      case 'press':
      case undefined:
        break;
      case 'pan': {
        const { domain, fromX } = drag;
        targets.look(panBy(domain, ((fromX - place.x) / targets.view().width) * lengthOf(domain)));
      }
    }
    targets.hover(drag?.kind === 'pan' || (isOnButton(event) && !drag) ? undefined : place);
  });
  const stop = (): void => {
    drag = undefined;
    plot.classList.remove('panning');
  };
  const end = (event: PointerEvent): void => {
    const { x } = placeIn(plot, event);
    if (drag?.kind === 'press') targets.pick(x, 'press', true);
    if (drag?.kind === 'scrub') targets.pick(x, 'drag', true);
    if (drag?.kind === 'brush') targets.brush(drag.fromX, x, true);
    stop();
  };
  plot.addEventListener('pointerup', end);
  plot.addEventListener('pointercancel', stop);
  plot.addEventListener('pointerleave', () => targets.hover(undefined));
  plot.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      targets.look(wheeled(event, targets.view(), placeIn(plot, event).x));
    },
    { passive: false },
  );
}

/** Sideways, or with Shift, the wheel pans; else it zooms about the pointer. A pinch comes as a wheel with Ctrl. */
function wheeled(
  event: WheelEvent,
  view: { readonly domain: Domain; readonly width: number },
  x: number,
): Domain {
  const { domain, width } = view;
  const unit =
    event.deltaMode === WheelEvent.DOM_DELTA_LINE
      ? 16
      : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
        ? 400
        : 1;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const pixels = (event.deltaX || event.deltaY) * unit;
    return panBy(domain, (pixels / width) * lengthOf(domain));
  }
  const factor = 2 ** (-event.deltaY * unit * (event.ctrlKey ? 0.02 : 0.003));
  return zoomBy(domain, factor, timeAt(domain, width, x));
}

function placeIn(plot: HTMLElement, event: MouseEvent): Place {
  const box = plot.getBoundingClientRect();
  return { x: Math.min(Math.max(event.clientX - box.left, 0), box.width), y: event.clientY - box.top };
}

/** What the pointer holds by a handle of its own. */
function handleAt({ target }: Event): Drag | undefined {
  if (!(target instanceof Element)) return undefined;
  const end = target.closest('[data-end]')?.getAttribute('data-end');
  if (end === 'from' || end === 'to') return { kind: 'end', end };
  return target.closest('.cursor') ? { kind: 'scrub' } : undefined;
}

function isOnButton(event: Event): boolean {
  return event.target instanceof Element && event.target.closest('button') !== null;
}
