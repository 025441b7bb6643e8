import assert from 'node:assert/strict';
import {
  bucketsFor,
  bucketStep,
  clampDomain,
  dayMs,
  hourMs,
  maxBuckets,
  minLengthMs,
  minuteMs,
  panBy,
  pixelOf,
  reveal,
  secondMs,
  serves,
  lengthOf,
  timeAt,
  timeTicks,
  zoomBy,
} from '../../../webview/timeline/scale';
import { inZone } from './zone';

const day = { fromMs: 0, toMs: dayMs };

describe('pixelOf and timeAt', () => {
  it('are each other’s inverse', () => {
    assert.equal(pixelOf(day, 1000, dayMs / 4), 250);
    assert.equal(Math.round(timeAt(day, 1000, pixelOf(day, 1000, 12_345_678))), 12_345_678);
  });
});

describe('zoomBy', () => {
  it('keeps the anchor at its pixel', () => {
    const anchor = 5 * hourMs;
    const closer = zoomBy(day, 3, anchor);
    assert.equal(lengthOf(closer), dayMs / 3);
    assert.equal(pixelOf(closer, 900, anchor), pixelOf(day, 900, anchor));
  });
});

describe('clampDomain', () => {
  it('moves a domain back into the bounds without changing its length', () => {
    assert.deepEqual(clampDomain({ fromMs: -hourMs, toMs: hourMs }, day), { fromMs: 0, toMs: 2 * hourMs });
    assert.deepEqual(clampDomain(panBy(day, hourMs), day), day);
  });

  it('never looks closer than counts are recorded', () => {
    const clamped = clampDomain({ fromMs: 1000, toMs: 1001 }, day);
    assert.equal(lengthOf(clamped), minLengthMs);
  });

  it('shows all of the bounds to a domain that is longer', () => {
    assert.deepEqual(clampDomain({ fromMs: -dayMs, toMs: 3 * dayMs }, day), day);
  });
});

describe('reveal', () => {
  it('leaves a domain alone that shows the moment well inside', () => {
    assert.equal(reveal(day, 12 * hourMs), day);
  });

  it('pans just far enough', () => {
    const panned = reveal(day, 30 * hourMs);
    assert.equal(lengthOf(panned), dayMs);
    assert.equal(panned.toMs, 30 * hourMs + dayMs / 10);
  });
});

describe('bucketStep', () => {
  it('is the shortest round span of the width asked for', () => {
    assert.equal(bucketStep(day, 1000, 3), 5 * minuteMs);
    assert.equal(bucketStep({ fromMs: 0, toMs: 10 * secondMs }, 1000, 3), secondMs);
  });
});

describe('bucketsFor', () => {
  it('begins at multiples of the step, so that panning keeps the bars', () => {
    const domain = { fromMs: 1_234_567, toMs: 1_234_567 + hourMs };
    const buckets = bucketsFor(domain, 800);
    assert.ok(Number.isInteger(buckets.fromMs / buckets.stepMs));
    assert.equal(buckets.toMs, buckets.fromMs + buckets.count * buckets.stepMs);
    assert.equal(bucketsFor(panBy(domain, buckets.stepMs), 800).fromMs, buckets.fromMs + buckets.stepMs);
  });

  it('covers a view on either side and never asks for more than the host gives', () => {
    const padded = bucketsFor(day, 1000);
    assert.ok(padded.fromMs <= -dayMs && padded.toMs >= 2 * dayMs);
    for (const width of [1, 320, 1280, 3840, 20_000]) {
      const buckets = bucketsFor(day, width);
      assert.ok(buckets.count <= maxBuckets, `${width} pixels ask for ${buckets.count}`);
      assert.ok(buckets.fromMs <= day.fromMs && buckets.toMs >= day.toMs);
    }
  });
});

describe('serves', () => {
  const loaded = bucketsFor(day, 1000);

  it('is true within what was loaded at the same step', () => {
    assert.ok(serves(loaded, panBy(day, hourMs), 1000));
  });

  it('is false beyond it, and at another step', () => {
    assert.ok(!serves(loaded, panBy(day, 2 * dayMs), 1000));
    assert.ok(!serves(loaded, zoomBy(day, 8, 0), 1000));
  });
});

describe('timeTicks', () => {
  inZone('Europe/Berlin');
  const clockOf = (ms: number): string => {
    const date = new Date(ms);
    return `${date.getDate()} ${date.getHours()}:${date.getMinutes()}:${date.getSeconds()}`;
  };

  it('are round times of the local clock', () => {
    const fromMs = Date.parse('2026-11-24T14:42:00+01:00');
    const ticks = timeTicks({ fromMs, toMs: fromMs + 6 * hourMs }, 600);
    assert.deepEqual(ticks.map(clockOf), [
      '24 15:0:0',
      '24 16:0:0',
      '24 17:0:0',
      '24 18:0:0',
      '24 19:0:0',
      '24 20:0:0',
    ]);
  });

  it('stay round over a change of the clock', () => {
    const fromMs = Date.parse('2026-10-24T22:00:00+02:00');
    const ticks = timeTicks({ fromMs, toMs: fromMs + 19 * hourMs }, 600, 84);
    assert.deepEqual(
      ticks.map(clockOf),
      ['24 21:0:0', '25 0:0:0', '25 3:0:0', '25 6:0:0', '25 9:0:0', '25 12:0:0', '25 15:0:0'].slice(1),
    );
  });

  it('come once each where the clock skips an hour', () => {
    const fromMs = Date.parse('2026-03-29T00:00:00+01:00');
    const ticks = timeTicks({ fromMs, toMs: fromMs + 5 * hourMs }, 600);
    assert.deepEqual(ticks.map(clockOf), [
      '29 0:0:0',
      '29 1:0:0',
      '29 3:0:0',
      '29 4:0:0',
      '29 5:0:0',
      '29 6:0:0',
    ]);
  });

  it('are seconds when looked at closely, and months from afar', () => {
    const fromMs = Date.parse('2026-11-24T14:42:00+01:00');
    assert.equal(timeTicks({ fromMs, toMs: fromMs + 10_000 }, 840).length, 11);
    const months = timeTicks({ fromMs, toMs: fromMs + 300 * dayMs }, 900);
    assert.ok(months.every((ms) => new Date(ms).getDate() === 1 && new Date(ms).getHours() === 0));
    assert.ok(months.length >= 9);
  });
});
