import type { Catalogue } from '../core/catalogue';
import { say } from '../core/say';
import { bucketsOfTimeseries, isSameView, type View } from '../core/view';
import type { UndoPart } from './undoPart';

type ViewPart = UndoPart & { kind: 'view' };
type StaysPart = UndoPart & { kind: 'stays' };

/** Views that came in between: they go first, since what comes back may have had their names. */
export function addedViews(before: Catalogue, after: Catalogue): ViewPart[] {
  const old = viewsOf(before);
  return [...viewsOf(after)].flatMap(([ns, { options: is }]) =>
    old.has(ns) ? [] : [{ kind: 'view', ns, was: undefined, is }],
  );
}

/** Views that went or changed in between, and time-series collections that lost the view over their buckets. */
export function lostViews(before: Catalogue, after: Catalogue): (ViewPart | StaysPart)[] {
  const now = viewsOf(after);
  const parts: (ViewPart | StaysPart)[] = [];
  for (const [ns, { options: was }] of viewsOf(before)) {
    const is = now.get(ns)?.options;
    if (!is || !isSameView(was, is)) parts.push({ kind: 'view', ns, was, is });
  }
  const still = new Set(after.views().map(({ ns }) => ns));
  for (const { kind, ns } of before.views()) {
    if (kind !== 'timeseries' || still.has(ns)) continue;
    const buckets = before.named(bucketsOfTimeseries(ns));
    if (!buckets || !after.collections.has(buckets.uuid)) continue;
    parts.push({ kind: 'stays', ns, reason: say`only its buckets are left: restore it beside` });
  }
  return parts;
}

/** Views by name, time-series collections not among them. */
function viewsOf(catalogue: Catalogue): Map<string, View> {
  const views = catalogue.views().filter(({ kind }) => kind === 'view');
  return new Map(views.map((view) => [view.ns, view]));
}
