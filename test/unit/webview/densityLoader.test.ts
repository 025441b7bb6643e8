import assert from 'node:assert/strict';
import { DensityLoader } from '../../../webview/timeline/densityLoader';
import { hourMs, panBy, type Buckets } from '../../../webview/timeline/scale';

const domain = { fromMs: 0, toMs: hourMs };
const view = { domain, width: 1000, grows: false };

function aLoader(): {
  loader: DensityLoader;
  asked: Buckets[];
  wait: (ms: number) => void;
  answer: () => void;
} {
  const asked: Buckets[] = [];
  const waiting: (() => void)[] = [];
  let now = 0;
  const loader = new DensityLoader({
    ask: (buckets) => asked.push(buckets),
    now: () => now,
    after: (_ms, call) => waiting.push(call),
  });
  const wait = (ms: number): void => {
    now += ms;
    for (const call of waiting.splice(0)) call();
  };
  const answer = (): void => {
    const { fromMs = NaN, toMs = NaN } = asked.at(-1) ?? {};
    loader.accept({ fromMs, toMs, namespaces: [] });
  };
  return { loader, asked, wait, answer };
}

describe('DensityLoader', () => {
  it('asks at once for the first view, and not again while that serves', () => {
    const { loader, asked, wait, answer } = aLoader();
    loader.show(view);
    answer();
    loader.show({ ...view, domain: panBy(domain, 60_000) });
    wait(100_000);
    loader.show(view);
    assert.equal(asked.length, 1);
    assert.equal(loader.density?.buckets, asked[0]);
  });

  it('asks once for the view that a pan ends at', () => {
    const { loader, asked, wait, answer } = aLoader();
    loader.show(view);
    answer();
    for (let hours = 2; hours <= 9; hours++) loader.show({ ...view, domain: panBy(domain, hours * hourMs) });
    assert.equal(asked.length, 1);
    wait(90);
    assert.equal(asked.length, 2);
    assert.ok((asked[1]?.fromMs ?? 0) > 7 * hourMs);
  });

  it('drops an answer to an earlier request', () => {
    const { loader, wait, answer, asked } = aLoader();
    loader.show(view);
    loader.show({ ...view, domain: panBy(domain, 9 * hourMs) });
    wait(90);
    const { fromMs = NaN, toMs = NaN } = asked[0] ?? {};
    loader.accept({ fromMs, toMs, namespaces: [] });
    const stale = loader.density;
    assert.equal(stale, undefined);
    answer();
    assert.equal(loader.density?.buckets, asked[1]);
  });

  it('asks again now and then while more is recorded', () => {
    const { loader, asked, wait, answer } = aLoader();
    loader.show({ ...view, grows: true });
    answer();
    wait(1000);
    loader.show({ ...view, grows: true });
    wait(90);
    assert.equal(asked.length, 1);
    wait(10_000);
    loader.show({ ...view, grows: true });
    wait(90);
    assert.equal(asked.length, 2);
  });

  it('asks again when no answer comes', () => {
    const { loader, asked, wait } = aLoader();
    loader.show(view);
    wait(14_000);
    loader.show(view);
    wait(2000);
    assert.equal(asked.length, 1);
    loader.show(view);
    wait(90);
    assert.equal(asked.length, 2);
  });
});
