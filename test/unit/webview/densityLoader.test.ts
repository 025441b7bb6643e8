import assert from 'node:assert/strict';
import { countsOfSpan, countsOfView, DensityLoader } from '../../../webview/timeline/densityLoader';
import { hourMs, panBy, type Buckets } from '../../../webview/timeline/scale';

const domain = { fromMs: 0, toMs: hourMs };
const view = countsOfView(domain, 1000, false);
const panned = (ms: number): typeof view => countsOfView(panBy(domain, ms), 1000, false);

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
    loader.show(panned(60_000));
    wait(100_000);
    loader.show(view);
    assert.equal(asked.length, 1);
    assert.equal(loader.density?.buckets, asked[0]);
  });

  it('asks once for the view that a pan ends at', () => {
    const { loader, asked, wait, answer } = aLoader();
    loader.show(view);
    answer();
    for (let hours = 2; hours <= 9; hours++) loader.show(panned(hours * hourMs));
    assert.equal(asked.length, 1);
    wait(90);
    assert.equal(asked.length, 2);
    assert.ok((asked[1]?.fromMs ?? 0) > 7 * hourMs);
  });

  it('drops an answer to an earlier request', () => {
    const { loader, wait, answer, asked } = aLoader();
    loader.show(view);
    loader.show(panned(9 * hourMs));
    wait(90);
    const { fromMs = NaN, toMs = NaN } = asked[0] ?? {};
    loader.accept({ fromMs, toMs, namespaces: [] });
    const stale = loader.density;
    assert.equal(stale, undefined);
    answer();
    assert.equal(loader.density?.buckets, asked[1]);
  });

  it('asks for the seconds of a span, once', () => {
    const { loader, asked, wait, answer } = aLoader();
    const at = (text: string, ms: number) => ({ at: text, ms });
    const span = (to: number) => ({ from: at('10:3', 10_040), to: at('1970-01-01T00:00:13.999Z', to) });
    loader.show(countsOfSpan(span(14_000)));
    answer();
    loader.show(countsOfSpan(span(14_000)));
    wait(100_000);
    assert.deepEqual(asked, [{ fromMs: 10_000, toMs: 14_000, stepMs: 4_000, count: 1 }]);
    loader.show(countsOfSpan(span(15_000)));
    wait(90);
    assert.equal(asked[1]?.toMs, 15_000);
  });

  it('drops an answer in other bars than it asked for', () => {
    const { loader, asked } = aLoader();
    loader.show(view);
    const { fromMs = NaN, toMs = NaN } = asked[0] ?? {};
    const row = { ns: 'a.b', inserts: [1], updates: [0], deletes: [0], commands: [0] };
    loader.accept({ fromMs, toMs, namespaces: [row] });
    assert.equal(loader.density, undefined);
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
