import type { CollectionReport } from '../protocol/job';

export const collectionIcons: Readonly<Record<CollectionReport['type'], string>> = {
  collection: 'table',
  view: 'eye',
  timeseries: 'graph-line',
};
