import { panBy, spanOf, timeAt, zoomBy, type Domain } from './scale';

export interface GestureTargets {
  /** Where the plot's pixels lie in time, and where the axis begins. */
  readonly view: () => { readonly domain: Domain; readonly width: number; readonly axisTop: number };
  readonly look: (domain: Domain) => void;
  /** A press or a drag on the plot; `done` when the button is let go. */
  readonly pick: (x: number, done: boolean) => void;
  readonly hover: (place: Place | undefined) => void;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

type Drag =
  { readonly kind: 'pick' } | { readonly kind: 'pan'; readonly fromX: number; readonly domain: Domain };

/** Pointers on the plot: press and drag choose, the wheel zooms, Shift or the axis or the middle button pans. */
export function listenToGestures(plot: HTMLElement, targets: GestureTargets): void {
  let drag: Drag | undefined;

  plot.addEventListener('pointerdown', (event) => {
    const place = placeIn(plot, event);
    const { domain, axisTop } = targets.view();
    const pans = event.button === 1 || event.shiftKey || place.y >= axisTop;
    if (event.button > 1 || isOnButton(event)) return;
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
    drag = pans ? { kind: 'pan', fromX: place.x, domain } : { kind: 'pick' };
    plot.classList.toggle('panning', pans);
    if (!pans) targets.pick(place.x, false);
  });
  plot.addEventListener('pointermove', (event) => {
    const place = placeIn(plot, event);
    if (drag?.kind === 'pick') targets.pick(place.x, false);
    if (drag?.kind === 'pan') {
      const { domain, fromX } = drag;
      targets.look(panBy(domain, ((fromX - place.x) / targets.view().width) * spanOf(domain)));
    }
    targets.hover(drag?.kind === 'pan' || (isOnButton(event) && !drag) ? undefined : place);
  });
  const end = (event: PointerEvent): void => {
    if (drag?.kind === 'pick') targets.pick(placeIn(plot, event).x, true);
    drag = undefined;
    plot.classList.remove('panning');
  };
  plot.addEventListener('pointerup', end);
  plot.addEventListener('pointercancel', end);
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
    return panBy(domain, (pixels / width) * spanOf(domain));
  }
  const factor = 2 ** (-event.deltaY * unit * (event.ctrlKey ? 0.02 : 0.003));
  return zoomBy(domain, factor, timeAt(domain, width, x));
}

function placeIn(plot: HTMLElement, event: MouseEvent): Place {
  const box = plot.getBoundingClientRect();
  return { x: Math.min(Math.max(event.clientX - box.left, 0), box.width), y: event.clientY - box.top };
}

function isOnButton(event: Event): boolean {
  return event.target instanceof Element && event.target.closest('button') !== null;
}
