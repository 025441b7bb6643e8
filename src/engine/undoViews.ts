import type { Catalogue } from '../core/catalogue';
import { isOverBuckets, isSameView, type View } from '../core/view';
import type { UndoPart } from './undoPart';

type ViewPart = UndoPart & { kind: 'view' };

/** Views that came in between: they go first, since what comes back may have had their names. */
export function addedViews(before: Catalogue, after: Catalogue): ViewPart[] {
  const old = viewsOf(before);
  return [...viewsOf(after)].flatMap(([ns, { options: is }]) =>
    old.has(ns) ? [] : [{ kind: 'view', ns, was: undefined, is }],
  );
}

/** Views that went or changed in between: they come last, when the names are free that they had. */
export function lostViews(before: Catalogue, after: Catalogue): ViewPart[] {
  const now = viewsOf(after);
  return [...viewsOf(before)].flatMap(([ns, { options: was }]) => {
    const is = now.get(ns)?.options;
    return is && isSameView(was, is) ? [] : [{ kind: 'view', ns, was, is }];
  });
}

/** Views by name, those of time-series collections not among them. */
function viewsOf(catalogue: Catalogue): Map<string, View> {
  const views = catalogue.views().filter((view) => !isOverBuckets(view));
  return new Map(views.map((view) => [view.ns, view]));
}
