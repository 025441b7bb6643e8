import { select } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent } from 'd3-zoom';
import { domainOf, panBy, spanOf, transformOf, type Domain } from './scale';

export interface GestureTargets {
  /** Where the plot's pixels lie in time, and where the axis begins. */
  readonly view: () => { readonly domain: Domain; readonly width: number; readonly axisTop: number };
  readonly clamp: (domain: Domain) => Domain;
  readonly look: (domain: Domain) => void;
  /** A press or a drag on the plot; `done` when the button is let go. */
  readonly pick: (x: number, done: boolean) => void;
  readonly hover: (place: { readonly x: number; readonly y: number } | undefined) => void;
}

/** Pointers on the plot: press and drag choose, wheel zooms, Shift or the axis or the middle button pans. */
export function listenToGestures(plot: HTMLElement, targets: GestureTargets): void {
  /** Transforms are relative to a domain that never changes, so that a gesture is not disturbed as time goes on. */
  const base = targets.view().domain;
  const onAxis = (event: MouseEvent): boolean => placeIn(plot, event).y >= targets.view().axisTop;
  const pans = (event: MouseEvent): boolean => event.button === 1 || (event.button === 0 && (event.shiftKey || onAxis(event)));

  const behavior = zoom<HTMLElement, unknown>()
    .filter((event: Event) => {
      if (event instanceof WheelEvent) return !isSideways(event);
      return event instanceof MouseEvent && event.type === 'mousedown' && pans(event) && !isOnButton(event);
    })
    .constrain((transform) => {
      const { width } = targets.view();
      const { k, x } = transformOf(targets.clamp(domainOf(transform, base, width)), base, width);
      return zoomIdentity.translate(x, 0).scale(k);
    })
    .on('start', (event: D3ZoomEvent<HTMLElement, unknown>) => {
      if (isMouse(event.sourceEvent)) plot.classList.add('panning');
    })
    .on('zoom', (event: D3ZoomEvent<HTMLElement, unknown>) => {
      const source: unknown = event.sourceEvent;
      if (source) targets.look(domainOf(event.transform, base, targets.view().width));
    })
    .on('end', () => plot.classList.remove('panning'));

  const selection = select<HTMLElement, unknown>(plot).call(behavior).on('dblclick.zoom', null);
  /** The transform is only a gesture's scratch: each one starts from the view as it is. */
  const synchronize = (): void => {
    const { domain, width } = targets.view();
    const { k, x } = transformOf(domain, base, width);
    selection.property('__zoom', zoomIdentity.translate(x, 0).scale(k));
  };
  plot.addEventListener('wheel', synchronize, { capture: true, passive: true });
  plot.addEventListener('mousedown', synchronize, { capture: true });

  plot.addEventListener(
    'wheel',
    (event) => {
      if (!isSideways(event)) return;
      event.preventDefault();
      const { domain, width } = targets.view();
      const pixels = (event.deltaX || event.deltaY) * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
      targets.look(panBy(domain, (pixels / width) * spanOf(domain)));
    },
    { passive: false },
  );
  listenToPicks(plot, targets, pans);
}

function listenToPicks(plot: HTMLElement, targets: GestureTargets, pans: (event: MouseEvent) => boolean): void {
  let picking = false;
  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || pans(event) || isOnButton(event)) return;
    picking = true;
    plot.setPointerCapture(event.pointerId);
    targets.pick(placeIn(plot, event).x, false);
  });
  plot.addEventListener('pointermove', (event) => {
    const place = placeIn(plot, event);
    if (picking) targets.pick(place.x, false);
    targets.hover(isOnButton(event) && !picking ? undefined : place);
  });
  const end = (event: PointerEvent): void => {
    if (!picking) return;
    picking = false;
    targets.pick(placeIn(plot, event).x, true);
  };
  plot.addEventListener('pointerup', end);
  plot.addEventListener('pointercancel', end);
  plot.addEventListener('pointerleave', () => targets.hover(undefined));
}

function placeIn(plot: HTMLElement, event: MouseEvent): { x: number; y: number } {
  const box = plot.getBoundingClientRect();
  return { x: Math.min(Math.max(event.clientX - box.left, 0), box.width), y: event.clientY - box.top };
}

function isSideways(event: WheelEvent): boolean {
  return event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
}

function isMouse(event: unknown): boolean {
  return event instanceof MouseEvent && event.type === 'mousedown';
}

function isOnButton(event: Event): boolean {
  return event.target instanceof Element && event.target.closest('button') !== null;
}
