import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { TimelineIntent } from '../../src/protocol/timeline';
import { waitFor } from '../support/waitFor';
import { type OpenOptions, startTimelineHarness, type TimelineHarness } from './timelineHarness';
import { events } from './timelineHarnessData';

describe('events on the timeline', () => {
  let harness: TimelineHarness;
  let page: Page;
  before(async () => {
    harness = await startTimelineHarness();
  });
  after(() => harness.close());
  afterEach(async () => {
    if (page.isClosed()) return;
    const problems = await page.evaluate(() => [...window.harness.violations, ...window.harness.malformed]);
    await page.context().close();
    assert.deepEqual(problems, []);
  });

  const open = async (options?: OpenOptions): Promise<void> => {
    page = await harness.open(options);
    await page.locator('.event-row').first().waitFor();
  };
  const intents = (kind: TimelineIntent['kind']): Promise<TimelineIntent[]> =>
    page.evaluate((wanted) => window.harness.intents.filter((intent) => intent.kind === wanted), kind);
  const card = (title: string) => page.getByRole('region', { name: title });
  const mark = (title: string) =>
    page.getByRole('toolbar', { name: 'Events' }).getByRole('button', { name: title });
  const slider = () => page.getByRole('slider', { name: 'Moment to restore' });
  const list = () => page.getByRole('listbox', { name: 'Events' });
  const accident = 'deleteMany · 1,204 documents · shop.orders';
  const event = events.find((e) => e.kind === 'delete');
  const isReady = () => page.getByRole('button', { name: 'Preview Just Before', disabled: false }).waitFor();

  it('are named in a lane of their own, those without room counted in a dot', async () => {
    await open();
    await mark(accident).waitFor();
    await mark('drop · 9,034 documents · shop.carts').waitFor();
    assert.equal(await page.locator('.event-dot', { hasText: '3' }).count(), 1);
    const boxes = await page.locator('.event-mark').evaluateAll((all) =>
      all.map((one) => {
        const { left, right, top } = one.getBoundingClientRect();
        return { left, right, top };
      }),
    );
    for (const a of boxes)
      for (const b of boxes)
        if (a !== b && a.top === b.top) assert.ok(a.right <= b.left || b.right <= a.left);
  });

  it('tell more under the pointer', async () => {
    await open();
    await mark(accident).hover();
    const tip = page.locator('.tip.shown');
    await tip.waitFor();
    assert.match(
      await tip.innerText(),
      /deleteMany[^]*1,204 documents[^]*shop\.orders[^]*67450c1b9f1c2a0001aa0001/,
    );
  });

  it('are chosen by a click: the moment just before, what happened, and what can be done', async () => {
    await open();
    await mark(accident).click();
    await card(accident).waitFor();
    await isReady();
    const [plan] = await intents('plan');
    assert.ok(plan?.kind === 'plan' && event);
    const [seconds = 0, ordinal = 0] = event.from.split(':').map(Number);
    assert.equal(plan.at, ordinal > 0 ? `${seconds}:${ordinal - 1}` : plan.at);
    const text = await card(accident).innerText();
    assert.match(text, /13:30:47 – 13:30:50[^]*shop\.orders[^]*1,204 documents[^]*67450c1b9f1c2a0001aa0001/);
    assert.equal(await mark(accident).getAttribute('aria-pressed'), 'true');
  });

  it('are previewed, compared, undone and restored from one click', async () => {
    await open();
    await mark(accident).click();
    await isReady();
    for (const name of ['Preview Just Before', 'Compare with Now', 'Undo This…', 'Restore…'])
      await card(accident).getByRole('button', { name }).click();
    const asked = (await intents('plan')).at(-1);
    assert.ok(asked?.kind === 'plan' && event);
    const { at } = asked;
    assert.deepEqual(await intents('preview'), [{ kind: 'preview', at, scope: 'shop.orders' }]);
    assert.deepEqual(await intents('compare'), [{ kind: 'compare', at, scope: 'shop.orders' }]);
    assert.deepEqual(await intents('undo'), [{ kind: 'undo', event: event.id }]);
    assert.deepEqual(await intents('restore'), [{ kind: 'restore', at, scope: 'shop.orders' }]);
  });

  it('are stepped through with Shift and the arrow keys', async () => {
    await open();
    await slider().press('Shift+ArrowLeft');
    await card('drop · 9,034 documents · shop.carts').waitFor();
    await slider().press('Shift+ArrowLeft');
    await card(accident).waitFor();
    await slider().press('Shift+ArrowLeft');
    await card('collMod · shop.customers').waitFor();
    await slider().press('Shift+ArrowRight');
    await card(accident).waitFor();
  });

  it('are a list for those who go by keys, in step with the chart', async () => {
    await open({ width: 420 });
    await list().focus();
    await page.keyboard.press('ArrowDown');
    await card('drop · 9,034 documents · shop.carts').waitFor();
    await page.keyboard.press('ArrowDown');
    await card(accident).waitFor();
    const selected = list().getByRole('option', { selected: true });
    assert.match((await selected.getAttribute('aria-label')) ?? '', /^deleteMany · 1,204 documents/);
    assert.equal(await list().getAttribute('aria-activedescendant'), await selected.getAttribute('id'));
    await page.keyboard.press('End');
    await card('createIndexes · 2 definitions · billing.invoices').waitFor();
  });

  it('of other collections are left out in a scope', async () => {
    await open();
    await page.getByRole('button', { name: 'Show only shop.orders' }).click();
    await waitFor('one event', async () => (await page.locator('.event-row').count()) === 1);
    assert.match(await page.locator('.event-row').innerText(), /deleteMany/);
  });

  it('are named where stepping by operation reaches them', async () => {
    await open();
    await mark(accident).click();
    await isReady();
    await slider().press('ArrowRight');
    await waitFor('the first delete', async () =>
      /Delete/.test((await slider().getAttribute('aria-valuetext')) ?? ''),
    );
    await card(accident).waitFor();
  });

  it('are shown at the host’s wish, whatever the view', async () => {
    await open();
    await page.getByRole('button', { name: 'Show only shop.carts' }).click();
    await page.evaluate((id) => window.harness.send({ kind: 'select', event: id }), event?.id ?? '');
    await card(accident).waitFor();
  });

  it('come back chosen', async () => {
    await open();
    await mark(accident).click();
    await isReady();
    await page.reload();
    await card(accident).waitFor();
    await isReady();
  });

  it('are folded into dots by the thousand, and a dot opens', async () => {
    await open({ events: 5000 });
    const dot = page.locator('.event-dot').nth(20);
    const before = await page.locator('.caption').innerText();
    assert.ok(Number(await dot.innerText()) > 20);
    await dot.click();
    await waitFor('a closer look', async () => (await page.locator('.caption').innerText()) !== before);
  });

  it('keep the focus among them when their dot opens', async () => {
    await open();
    await page.locator('.event-dot', { hasText: '3' }).focus();
    await page.keyboard.press('Enter');
    const focused = page.locator('.event-mark:focus');
    await focused.waitFor();
    assert.match(
      (await focused.getAttribute('aria-label')) ?? '',
      /^createIndexes · 1 definition · shop\.customers/,
    );
  });

  it('are selected in the list once they are in it', async () => {
    await open({ events: 300 });
    await page.evaluate(() => window.harness.send({ kind: 'select', event: 'e11' })); // one of the oldest
    await page.locator('.event-card:not(.span-card)').waitFor();
    assert.equal(await list().getAttribute('aria-activedescendant'), null);
    await page.getByRole('button', { name: '100 older events' }).click();
    assert.equal(await list().getAttribute('aria-activedescendant'), 'event-e11');
  });

  it('keep up with the pointer by the thousand', async () => {
    await open({ events: 5000 });
    const frame = await page.evaluate(async () => {
      const plot = document.querySelector('.plot');
      const spent: number[] = [];
      for (let i = 0; i < 60 && plot; i++) {
        const box = plot.getBoundingClientRect();
        const place = { clientX: box.left + box.width / 2 + i, clientY: box.top + 150, cancelable: true };
        plot.dispatchEvent(new WheelEvent('wheel', { deltaY: i % 2 ? 30 : -60, ...place }));
        await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
        const started = performance.now();
        await new Promise((resolve) => setTimeout(resolve));
        spent.push(performance.now() - started);
      }
      return spent.toSorted((a, b) => a - b)[30] ?? Infinity;
    });
    process.stdout.write(`      a frame with 5,000 events: ${frame.toFixed(1)} ms\n`);
    assert.ok(frame < 100, `half of the frames took ${frame.toFixed(1)} ms or more`);
  });
});
