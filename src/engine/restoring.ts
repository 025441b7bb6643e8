import type { RepositoryReader, TargetCatalogue, TargetData } from './ports';
import type { RestorePlan } from './restorePlan';

export interface RestoreTarget {
  readonly catalogue: TargetCatalogue;
  readonly data: TargetData;
}

export interface FillOptions {
  /** Keep TTL indexes as plain ones, so that nothing of the past expires while it is looked at. */
  readonly withoutExpiry: boolean;
  readonly onProgress: (facts: RestoreProgress) => void;
}

export interface RestoreProgress {
  readonly phase: 'load' | 'replay' | 'indexes' | 'check';
  readonly namespace: string | undefined;
  readonly documents: number;
  readonly total: number | undefined;
  readonly bytes: number;
}

/** What the steps of one restore share. */
export interface Restoring {
  readonly plan: RestorePlan;
  readonly repository: RepositoryReader;
  readonly target: RestoreTarget;
  readonly options: FillOptions;
}
