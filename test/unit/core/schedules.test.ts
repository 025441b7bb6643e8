import assert from 'node:assert/strict';
import { baseDue, defaultBasePolicy } from '../../../src/core/baseSchedule';
import { pruneDue, verifyDue } from '../../../src/core/careSchedule';
import { parseDuration } from '../../../src/core/duration';
import { decideRetention } from '../../../src/core/retention';
import type { Lineage, Segment } from '../../../src/core/segment';
import { packCounts } from '../../../src/core/segmentCounts';
import { parseSize } from '../../../src/core/size';
import type { SnapshotManifest, SnapshotPart } from '../../../src/core/snapshot';
import { type ClusterTime, clusterTime } from '../../../src/core/time';
import { bson } from './builders';

const at = (seconds: number): ClusterTime => clusterTime(seconds, 1);

/** A segment of 100 bytes in `(after, through]`. */
function aSegment(after: number, through: number, facts: Partial<Segment> = {}): Segment {
  return {
    lineage: '0001',
    after: at(after),
    through: at(through),
    entries: 1,
    bytes: 100,
    storedBytes: 100,
    sha256: 'x',
    chain: String(through),
    previousChain: String(after),
    frames: [],
    minWallMs: after * 1000,
    maxWallMs: through * 1000,
    openSince: undefined,
    counts: packCounts([]),
    collections: {},
    changes: [],
    runs: [],
    file: `${String(after)}_${String(through)}`,
    open: false,
    ...facts,
  };
}

/** A snapshot of 1,000 bytes. */
function aSnapshot(
  time: number,
  facts: Partial<SnapshotManifest> = {},
  part: Partial<SnapshotPart> = {},
): SnapshotManifest {
  const file = { file: 'f', documents: 1, bytes: 1_000, storedBytes: 1_000, sha256: '', ...part };
  const collection = {
    ...{ database: 'shop', name: 'orders', uuid: 'a', options: bson({}), indexes: [], parts: [file] },
    ...{ documents: 1, bytes: 1_000, storedBytes: 1_000, metadataFile: 'm', metadataSha256: '' },
    ...{ start: at(time), consistentAt: at(time) },
  };
  return {
    ...{
      id: `s${String(time)}`,
      lineage: '0001',
      start: at(time),
      consistentAt: at(time),
      takenAtMs: time * 1000,
    },
    ...{ serverVersion: '6.0.0', featureCompatibilityVersion: '6.0', scope: [], collections: [collection] },
    ...facts,
  };
}

function aLineage(segments: readonly Segment[]): Lineage {
  return { start: { id: '0001', start: at(0), startedAtMs: 0 }, segments };
}

const tenByTen = Array.from({ length: 10 }, (_, n) => aSegment(n * 10, n * 10 + 10));

function idsOf(retention: ReturnType<typeof decideRetention>): { snapshots: string[]; segments: string[] } {
  return { snapshots: retention.snapshots.map((s) => s.id), segments: retention.segments.map((s) => s.file) };
}

describe('decideRetention', () => {
  const facts = {
    snapshots: [5, 35, 65].map((time) => aSnapshot(time)),
    lineages: [aLineage(tenByTen)],
    pins: [],
    reserved: [],
  };

  it('keeps the newest base before the window, all oplog after it, and one segment more for open transactions', () => {
    const retention = decideRetention(facts, { from: at(50), maxBytes: undefined });
    assert.deepEqual(idsOf(retention), { snapshots: ['s5'], segments: ['0_10', '10_20'] });
    assert.deepEqual([retention.freedBytes, retention.keptBytes], [1_200, 2_800]);
  });

  it('keeps the newest restorable time of what is all older than the window', () => {
    const retention = decideRetention(facts, { from: at(1_000), maxBytes: undefined });
    assert.deepEqual(idsOf(retention).snapshots, ['s5', 's35']);
    assert.deepEqual(idsOf(retention).segments, ['0_10', '10_20', '20_30', '30_40', '40_50']);
  });

  it('keeps a mark with its base and the segments to it, and drops what lies between', () => {
    const retention = decideRetention({ ...facts, pins: [at(12)] }, { from: at(90), maxBytes: undefined });
    assert.deepEqual(idsOf(retention), { snapshots: ['s35'], segments: ['20_30', '30_40', '40_50'] });
  });

  it('keeps what a transaction needs that was open before the base', () => {
    const segments = tenByTen.map((s) => (s.through === at(60) ? { ...s, openSince: at(25) } : s));
    const retention = decideRetention(
      { ...facts, lineages: [aLineage(segments)] },
      { from: at(90), maxBytes: undefined },
    );
    assert.deepEqual(idsOf(retention).segments, ['0_10']);
  });

  it('keeps the oplog that a snapshot being taken needs', () => {
    const reserved = [{ lineage: '0001', start: at(33) }];
    const retention = decideRetention({ ...facts, reserved }, { from: at(95), maxBytes: undefined });
    assert.deepEqual(idsOf(retention), { snapshots: ['s5', 's35'], segments: ['0_10', '10_20'] });
  });

  it('keeps a base for each scope that snapshots were taken of', () => {
    const scoped = aSnapshot(66, { id: 'scoped', scope: [{ database: 'shop' }] });
    const snapshots = [...facts.snapshots, scoped];
    const retention = decideRetention({ ...facts, snapshots }, { from: at(95), maxBytes: undefined });
    assert.deepEqual(idsOf(retention).snapshots, ['s5', 's35']);
  });

  it('moves the window forward for the budget, base by base, and no further than needed', () => {
    const wide = decideRetention(facts, { from: at(1), maxBytes: 3_000 });
    assert.deepEqual([idsOf(wide).snapshots, wide.overBudget], [['s5'], 0]);
    const tight = decideRetention(facts, { from: at(1), maxBytes: 1_000 });
    assert.deepEqual([idsOf(tight).snapshots, tight.overBudget], [['s5', 's35'], 500]);
  });

  it('removes an older lineage whole, and never the newest', () => {
    const older: Lineage = { start: { id: '0001', start: at(0), startedAtMs: 0 }, segments: tenByTen };
    const newer: Lineage = {
      start: { id: '0002', start: at(500), startedAtMs: 0 },
      segments: [aSegment(500, 510, { lineage: '0002' })],
    };
    const snapshots = [aSnapshot(5), aSnapshot(505, { lineage: '0002' })];
    const both = { ...facts, snapshots, lineages: [older, newer] };
    const retention = decideRetention(both, { from: at(1_000), maxBytes: undefined });
    assert.deepEqual(
      retention.lineages.map((l) => l.id),
      ['0001'],
    );
    assert.equal(retention.segments.length, 10);
    assert.deepEqual(idsOf(retention).snapshots, ['s5']);
  });
});

describe('baseDue', () => {
  const policy = {
    ...defaultBasePolicy,
    shareOfBase: 0.5,
    leastBytes: 300,
    mostBytes: 1_000,
    leastBytesByAge: 100,
  };

  it('is due when the oplog since the last base is a share of it', () => {
    const lineage = aLineage(tenByTen.slice(0, 6));
    assert.equal(baseDue([aSnapshot(15)], lineage, policy, 70_000)?.target, at(60));
    assert.equal(baseDue([aSnapshot(25)], lineage, policy, 70_000), undefined);
  });

  it('is due by age as soon as something was recorded', () => {
    const lineage = aLineage(tenByTen.slice(0, 3));
    const later = 15_000 + policy.maxAgeMs;
    assert.equal(baseDue([aSnapshot(15)], lineage, policy, later)?.base.id, 's15');
    assert.equal(baseDue([aSnapshot(15)], lineage, policy, later - 1), undefined);
    assert.equal(baseDue([aSnapshot(30)], lineage, policy, later * 2), undefined);
  });

  it('leaves the open segment for the next one, and a broken run alone', () => {
    const open = [...tenByTen.slice(0, 6), aSegment(60, 70, { open: true })];
    assert.equal(baseDue([aSnapshot(5)], aLineage(open), policy, 70_000)?.target, at(60));
    const broken = tenByTen.filter((s) => s.after !== at(20));
    assert.equal(baseDue([aSnapshot(5)], aLineage(broken), policy, 70_000), undefined);
  });
});

describe('parseSize', () => {
  it('reads decimal units in any case', () => {
    assert.deepEqual(
      ['1', '500MB', '1.5gb', '20 GB', '20G', '2TB', '7kB'].map(parseSize),
      [1, 500e6, 1.5e9, 20e9, 20e9, 2e12, 7_000],
    );
  });

  it('refuses anything else', () => {
    for (const text of ['', '0', '-1', 'GB', '5 XB', '1.2.3MB', '1e9', '∞'])
      assert.equal(parseSize(text), undefined, text);
  });
});

describe('parseDuration', () => {
  it('reads the units of --keep', () => {
    assert.deepEqual(
      ['45s', '90m', '24h', '30d', '2w'].map(parseDuration),
      [45e3, 54e5, 864e5, 2592e6, 12096e5],
    );
    assert.deepEqual(
      ['', 'h', '24', '0d', '-1h', '1.5h', '24H'].map(parseDuration),
      Array(7).fill(undefined),
    );
  });
});

describe('pruneDue', () => {
  const day = 86_400_000;
  const facts = { prunedAtMs: 10 * day, snapshotThen: 'a', snapshotNow: 'a' };

  it('is due after a new base, and a day after the last prune', () => {
    assert.equal(pruneDue(facts, 10 * day + 1), false);
    assert.equal(pruneDue({ ...facts, snapshotNow: 'b' }, 10 * day + 1), true);
    assert.equal(pruneDue(facts, 11 * day), true);
  });

  it('is due where nothing was pruned yet, but for an empty repository', () => {
    assert.equal(pruneDue({ ...facts, prunedAtMs: undefined }, 10 * day), true);
    assert.equal(pruneDue({ ...facts, prunedAtMs: undefined, snapshotNow: undefined }, 10 * day), false);
  });

  it('is not put off for ever by a clock that was set back', () => {
    assert.equal(pruneDue(facts, 5 * day), true);
  });
});

describe('verifyDue', () => {
  const day = 86_400_000;

  it('counts from the last verify, or from the first snapshot', () => {
    assert.equal(verifyDue(undefined, undefined, 7 * day, 100 * day), false);
    assert.equal(verifyDue(undefined, 10 * day, 7 * day, 16 * day), false);
    assert.equal(verifyDue(undefined, 10 * day, 7 * day, 17 * day), true);
    assert.equal(verifyDue(16 * day, 10 * day, 7 * day, 17 * day), false);
  });
});
