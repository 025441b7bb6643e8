import { parseClusterTime, secondsOf } from '../../src/core/time';
import type { NeighbourReport } from '../../src/protocol/job';
import type { Kind } from './density';
import type { TimelineStringKey } from '../../src/protocol/timelineStrings';
import type { Texts } from './strings';

const opWords: Readonly<Record<string, TimelineStringKey>> = {
  i: 'op.insert',
  insert: 'op.insert',
  u: 'op.update',
  update: 'op.update',
  d: 'op.delete',
  delete: 'op.delete',
  c: 'op.command',
  command: 'op.command',
  n: 'op.noop',
  noop: 'op.noop',
  applyOps: 'op.transaction',
  transaction: 'op.transaction',
  create: 'op.create',
  drop: 'op.drop',
  dropDatabase: 'op.dropDatabase',
  rename: 'op.rename',
  renameCollection: 'op.rename',
  index: 'op.index',
  createIndexes: 'op.index',
  commitIndexBuild: 'op.index',
  startIndexBuild: 'op.index',
  dropIndexes: 'op.dropIndex',
  collMod: 'op.collMod',
};

/** An operation in words; one without words as it is recorded. */
export function opWord(texts: Texts, op: string): string {
  const key = opWords[op];
  return key === undefined ? op : texts.get(key);
}

const opKinds: Readonly<Record<string, Kind>> = {
  i: 'inserts',
  insert: 'inserts',
  u: 'updates',
  update: 'updates',
  d: 'deletes',
  delete: 'deletes',
};

export function opKind(op: string): Kind {
  return opKinds[op] ?? 'commands';
}

/** The sign of a kind: what tells it apart without colour. */
export const kindSigns: Readonly<Record<Kind, string>> = {
  inserts: '+',
  updates: '~',
  deletes: '−',
  commands: '◆',
};

/** When an operation happened: its wall clock, or the second of its cluster time. */
export function whenOf(operation: NeighbourReport): number {
  if (operation.wallMs !== undefined) return operation.wallMs;
  const time = parseClusterTime(operation.at);
  return time === undefined ? NaN : secondsOf(time) * 1000;
}
