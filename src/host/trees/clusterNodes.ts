import type {
  CollectionReport,
  GapReport,
  MarkReport,
  RangeReport,
  SnapshotReport,
} from '../../protocol/job';
import type { EventReport } from '../../protocol/timeTravel';

interface Of {
  readonly connection: string;
}

export type GroupKind = 'events' | 'snapshots' | 'marks' | 'gaps';

/** What the clusters view shows. Nodes double as command targets: `connection`, `ns` and `at` are theirs. */
export type ClusterNode =
  | (Of & { readonly kind: 'connection' })
  | (Of & { readonly kind: 'restorable' })
  | (Of & { readonly kind: 'care' })
  | (Of & { readonly kind: 'range'; readonly range: RangeReport; readonly at: string })
  | (Of & { readonly kind: 'group'; readonly group: GroupKind })
  | (Of & { readonly kind: 'snapshot'; readonly snapshot: SnapshotReport; readonly at: string })
  | (Of & { readonly kind: 'mark'; readonly mark: MarkReport; readonly at: string })
  | (Of & {
      readonly kind: 'event';
      readonly report: EventReport;
      /** What commands on events take. */
      readonly event: string;
      readonly ns: string;
    })
  | (Of & { readonly kind: 'olderEvents'; readonly count: number })
  | (Of & { readonly kind: 'gap'; readonly gap: GapReport })
  /** Databases, or the collections of one of them. */
  | (Of & { readonly kind: 'loading'; readonly database?: string })
  | (Of & {
      readonly kind: 'problem';
      /** What it keeps from being shown or done; a database by its name. */
      readonly of: 'source' | 'repository' | 'recording' | { readonly database: string };
      readonly error: unknown;
    })
  | (Of & { readonly kind: 'database'; readonly ns: string })
  | (Of & {
      readonly kind: 'page';
      readonly database: string;
      readonly reports: readonly CollectionReport[];
    })
  | (Of & { readonly kind: 'collection'; readonly ns: string; readonly report: CollectionReport });

export type NodeOf<K extends ClusterNode['kind']> = Extract<ClusterNode, { kind: K }>;
