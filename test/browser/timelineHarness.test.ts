import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { TimelineIntent } from '../../src/protocol/timeline';
import { waitFor } from '../support/waitFor';
import { type OpenOptions, startTimelineHarness, type TimelineHarness } from './timelineHarness';
import { dayStatus, mistakeMs, operations } from './timelineHarnessData';
import { themes, type ThemeName } from './timelineHarnessThemes';

describe('the timeline', () => {
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
  };
  const intents = <K extends TimelineIntent['kind']>(
    kind: K,
  ): Promise<Extract<TimelineIntent, { kind: K }>[]> =>
    page.evaluate(
      (wanted) => window.harness.intents.filter((intent) => intent.kind === wanted),
      kind,
    ) as Promise<Extract<TimelineIntent, { kind: K }>[]>;
  const drawn = (): Promise<unknown> =>
    waitFor('the bars', () =>
      page
        .locator('.kind-count')
        .first()
        .textContent()
        .then((text) => text !== '0' && text !== ''),
    );
  const slider = () => page.getByRole('slider', { name: 'Moment to restore' });
  const last = () => page.locator('.operation.last');
  const valueText = async (): Promise<string> => (await slider().getAttribute('aria-valuetext')) ?? '';
  const type = async (text: string): Promise<void> => {
    await page.getByLabel('Moment', { exact: true }).fill(text);
    await page.keyboard.press('Enter');
  };
  const isPlanned = (text: string | RegExp) =>
    waitFor(`a plan that ends with ${String(text)}`, async () => {
      const words = await valueText();
      return (
        words.includes('last restored') &&
        (typeof text === 'string' ? words.includes(text) : text.test(words))
      );
    });
  const place = async (x: number, y: number): Promise<{ x: number; y: number }> => {
    const box = await page.locator('.plot').boundingBox();
    assert.ok(box);
    return { x: box.x + box.width * x, y: box.y + y };
  };
  /** The first operation of the mistake, and the one before it. */
  const mistake = operations.findIndex((o) => o.wallMs >= mistakeMs);
  const stampAt = (index: number): string => {
    const operation = operations[index];
    assert.ok(operation);
    return `${operation.seconds}:${operation.ordinal}`;
  };

  it('says whose it is, how the recorder does and what can be restored', async () => {
    await open();
    await page.getByRole('heading', { level: 1, name: 'local-shop' }).waitFor();
    assert.match(await page.locator('.recorder').innerText(), /^Recording\s*0\.4\ss behind$/);
    assert.equal(
      await page.locator('.range').innerText(),
      'Restorable 24 Nov 14:44 – now · 22 h 49 min in all · 2 gaps'
        .replace(/(\d) /g, '$1\u00a0')
        .replace(/(24|44|2)\u00a0(Nov|–|gaps)/g, '$1 $2'),
    );
  });

  it('asks for counts of the view once it is ready, no more than the host gives', async () => {
    await open();
    await drawn();
    const [first] = await intents('density');
    assert.ok(first && first.buckets <= 4096 && first.toMs > first.fromMs);
    assert.equal((await intents('ready')).length, 1);
    assert.equal((await intents('density')).length, 1);
  });

  it('draws every kind, and counts them in the legend', async () => {
    await open();
    await drawn();
    const inked = await page.evaluate(() => {
      const canvas = document.querySelector('canvas');
      const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const style = document.documentElement.style;
      const colors = ['green', 'blue', 'red', 'purple'].map((c) =>
        style.getPropertyValue(`--vscode-charts-${c}`),
      );
      const seen = new Map(colors.map((color) => [color, 0]));
      for (let i = 0; i < data.length; i += 4) {
        const hex = `#${[0, 1, 2].map((n) => (data[i + n] ?? 0).toString(16).padStart(2, '0')).join('')}`;
        const count = seen.get(hex);
        if (count !== undefined) seen.set(hex, count + 1);
      }
      return [...seen.values()];
    });
    assert.ok(
      inked.every((pixels) => pixels > 10),
      `pixels of each kind: ${inked.join(', ')}`,
    );
    await page.getByRole('button', { name: /^Deletes: 2,\d{3} in view$/ }).waitFor();
  });

  it('leaves a kind out when its legend is pressed', async () => {
    await open();
    await drawn();
    const updates = page.getByRole('button', { name: /^Updates:/ });
    const peak = page.locator('.peak');
    const before = await peak.innerText();
    await updates.click();
    await waitFor('a released button', async () => (await updates.getAttribute('aria-pressed')) === 'false');
    await waitFor('another peak', async () => (await peak.innerText()) !== before);
    await updates.click();
    await waitFor('the peak as it was', async () => (await peak.innerText()) === before);
  });

  it('chooses the moment under the pointer and shows the plan', async () => {
    await open();
    await drawn();
    const { x, y } = await place(0.9, 120);
    await page.mouse.click(x, y);
    await isPlanned('last restored');
    const plans = await intents('plan');
    assert.equal(plans.length, 1);
    assert.match(plans[0]?.at ?? '', /^2026-11-25T12:0\d:\d\d\.\d{3}Z$/);
    assert.match(await page.locator('.facts').innerText(), /Base snapshot\s+25 Nov 10:27:00/);
    assert.equal(await page.locator('.table tbody tr').count(), 8);
    await page.getByRole('button', { name: 'Preview' }).click();
    const [preview] = await intents('preview');
    assert.match(preview?.at ?? '', /^\d+:\d+$/);
    assert.equal(preview?.scope, undefined);
  });

  it('asks once for a drag of the cursor, however far it went', async () => {
    await open();
    await drawn();
    const from = await place(0.5, 120);
    await page.mouse.click(from.x, from.y);
    await isPlanned('last restored');
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    for (let i = 1; i <= 20; i++) await page.mouse.move(from.x + i * 5, from.y);
    await page.mouse.up();
    await isPlanned('last restored');
    const plans = await intents('plan');
    assert.ok(plans.length <= 4, `${plans.length} requests`);
    assert.equal(plans.at(-1)?.request, Math.max(...plans.map((p) => p.request)));
  });

  describe('a span', () => {
    const card = () => page.getByRole('region', { name: /^\d+ Nov, / });
    const end = (name: 'Beginning' | 'End') =>
      page.getByRole('slider', { name: `${name} of the time range` });
    const drag = async (from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> => {
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move((from.x + to.x) / 2, from.y, { steps: 3 });
      await page.mouse.move(to.x, to.y, { steps: 3 });
      await page.mouse.up();
    };
    const drawSpan = async (from = 0.9, to = 0.95): Promise<void> => {
      await open();
      await drawn();
      await drag(await place(from, 150), await place(to, 160));
      await card().waitFor();
    };
    const valueOf = async (name: 'Beginning' | 'End'): Promise<number> =>
      Number(await end(name).getAttribute('aria-valuenow'));

    it('is drawn over the chart, tells what is in it, and plans nothing', async () => {
      await drawSpan();
      const [from, to] = [await valueOf('Beginning'), await valueOf('End')];
      const barMs = 300_000;
      assert.deepEqual([from % barMs, to % barMs], [0, 0]);
      assert.ok(from < mistakeMs && mistakeMs < to, `${from} ${to}`);
      const deletes = operations.filter((o) => o.op === 'd' && from <= o.wallMs && o.wallMs < to).length;
      assert.ok(deletes > 1204);
      assert.match(await card().innerText(), new RegExp(`Deletes ${deletes.toLocaleString('en-GB')}\\n`));
      await card()
        .getByRole('button', { name: /^deleteMany · 1,204 documents · shop\.orders$/ })
        .waitFor();
      assert.deepEqual(await intents('plan'), []);
      assert.equal(await end('End').evaluate((element) => element === document.activeElement), true);
    });

    it('reaches the end of the recording, and counts all that is in its last bar', async () => {
      await drawSpan(0.9, 0.999);
      const from = await valueOf('Beginning');
      const inserts = operations.filter((o) => o.op === 'i' && o.wallMs >= from).length;
      await waitFor('its counts', async () =>
        (await card().innerText()).includes(`Inserts ${inserts.toLocaleString('en-GB')}\n`),
      );
      await card().getByRole('button', { name: 'Compare Both Ends' }).click();
      const span = { from: new Date(from - 1).toISOString(), to: dayStatus.ranges.at(-1)?.to };
      assert.deepEqual(await intents('compareSpan'), [{ kind: 'compareSpan', ...span, scope: undefined }]);
    });

    it('goes over a gap by keys', async () => {
      await drawSpan(0.35, 0.45);
      const [gap] = dayStatus.gaps;
      const [before, after] = [gap?.after, dayStatus.ranges[1]?.from].map(
        (time) => Number(time?.split(':')[0]) * 1000,
      ) as [number, number];
      let from = await valueOf('Beginning');
      const goBack = async (): Promise<void> => {
        await end('Beginning').press('ArrowLeft');
        await waitFor('a step', async () => (await valueOf('Beginning')) !== from);
        from = await valueOf('Beginning');
      };
      while (from > after) await goBack();
      assert.equal(from, after);
      await goBack();
      assert.equal(Math.floor(from / 1000) * 1000, before);
    });

    it('is compared, undone and looked at as drawn, in the scope that is picked', async () => {
      await drawSpan();
      const at = async (name: 'Beginning' | 'End') => new Date((await valueOf(name)) - 1).toISOString();
      const [from, to] = [await at('Beginning'), await at('End')];
      await card().getByRole('button', { name: 'Compare Both Ends' }).click();
      assert.deepEqual(await intents('compareSpan'), [{ kind: 'compareSpan', from, to, scope: undefined }]);
      await page.getByRole('combobox', { name: 'Scope' }).click();
      await page.getByRole('option', { name: 'shop.orders', exact: true }).click();
      await card()
        .locator('.ns')
        .filter({ hasText: /^shop\.orders$/ })
        .first()
        .waitFor();
      await card().getByRole('button', { name: 'Undo Time Range…' }).click();
      assert.deepEqual(await intents('undoSpan'), [{ kind: 'undoSpan', from, to, scope: 'shop.orders' }]);
      const caption = page.locator('.caption');
      await card().getByRole('button', { name: 'Zoom to Time Range' }).click();
      await waitFor('finer bars', async () => / bars of \d+\ss$/.test(await caption.innerText()));
      assert.equal(await valueOf('Beginning'), Date.parse(from) + 1);
    });

    it('has ends that move by pointer and by keys', async () => {
      await drawSpan();
      const to = await valueOf('End');
      await page.keyboard.press('ArrowLeft');
      await waitFor('one bar less', async () => (await valueOf('End')) === to - 300_000);
      await page.keyboard.press('PageUp');
      await waitFor('a tenth more', async () => (await valueOf('End')) > to);
      const from = await valueOf('Beginning');
      const box = (await end('Beginning').boundingBox()) ?? assert.fail();
      const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await drag(middle, { x: middle.x - 120, y: middle.y });
      assert.ok((await valueOf('Beginning')) < from);
      await end('Beginning').press('ArrowRight');
      assert.match((await end('Beginning').getAttribute('aria-valuetext')) ?? '', /^Wed, 25 Nov .* long$/);
    });

    it('goes from one chosen operation to another by keyboard', async () => {
      await open();
      await type(stampAt(mistake - 1));
      await isPlanned('last restored');
      await slider().focus();
      await page.keyboard.press('B'); // Caps Lock is on
      await card().waitFor();
      for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
      await waitFor('three steps', async () => (await intents('plan')).at(-1)?.at === stampAt(mistake + 2));
      await isPlanned('Delete in shop.orders');
      await page.keyboard.press('e');
      await card().getByRole('button', { name: 'Undo Time Range…' }).click();
      const [from, to] = [stampAt(mistake - 1), stampAt(mistake + 2)];
      assert.deepEqual(await intents('undoSpan'), [{ kind: 'undoSpan', from, to, scope: undefined }]);
      await waitFor('its counts', async () => /Deletes up to \d/.test(await card().innerText()));
    });

    it('goes with Escape, its own button, and a press beside it', async () => {
      await drawSpan();
      const cursorHasFocus = () => slider().evaluate((element) => element === document.activeElement);
      await page.keyboard.press('Escape');
      await card().waitFor({ state: 'hidden' });
      assert.equal(await cursorHasFocus(), true);
      await page.getByRole('heading', { name: 'Choose a moment' }).waitFor();
      await drag(await place(0.8, 150), await place(0.7, 150));
      await card().getByRole('button', { name: 'Let go of the time range' }).click();
      await card().waitFor({ state: 'hidden' });
      assert.equal(await cursorHasFocus(), true);
      await drag(await place(0.7, 150), await place(0.8, 150));
      await card().waitFor();
      const { x, y } = await place(0.4, 150);
      await page.mouse.click(x, y);
      await card().waitFor({ state: 'hidden' });
      await isPlanned('last restored');
    });

    it('cannot be undone over a gap, and says why', async () => {
      await drawSpan(0.2, 0.5);
      assert.match(
        await card().innerText(),
        /It lies in this time range, so the range cannot be undone: The recorder/,
      );
      assert.equal(await card().getByRole('button', { name: 'Undo Time Range…' }).isDisabled(), true);
      assert.equal(await card().getByRole('button', { name: 'Compare Both Ends' }).isEnabled(), true);
    });

    it('comes back as it was left', async () => {
      await drawSpan();
      const from = await valueOf('Beginning');
      await waitFor('the view to be saved', () =>
        page.evaluate(() => (sessionStorage.getItem('state') ?? '').includes('"span":{"from"')),
      );
      await page.reload();
      await card().waitFor();
      assert.equal(await valueOf('Beginning'), from);
    });

    for (const theme of Object.keys(themes) as ThemeName[]) {
      it(`stays inside a narrow panel and readable in ${theme}`, async () => {
        await open({ theme, width: 320, height: 700 });
        await drawn();
        await drag(await place(0.6, 150), await place(0.97, 150));
        await card().waitFor();
        assert.deepEqual(await page.evaluate(lookForTrouble), { wider: 0, faint: [] });
      });
    }
  });

  it('steps by recorded operation with the arrow keys and says each', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    await slider().focus();
    await page.keyboard.press('ArrowLeft');
    await isPlanned(
      new RegExp(`last restored: \\w+ in ${(operations[mistake - 1]?.ns ?? '').replace('.', '\\.')}`),
    );
    assert.equal((await intents('plan')).at(-1)?.at, stampAt(mistake - 1));
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    await waitFor('three steps', async () => (await intents('plan')).at(-1)?.at === stampAt(mistake + 2));
    await isPlanned(/^Wed, 25 Nov 2026, 13:30:4\d\.?\d* UTC\+01:00, last restored: Delete in shop\.orders$/);
  });

  it('keeps steps that are faster than the plans', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    await slider().focus();
    await page.evaluate(() => void (window.harness.holdPlans = true));
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await page.evaluate(() => {
      window.harness.holdPlans = false;
      for (const reply of window.harness.held.splice(0)) reply();
    });
    await waitFor('four steps', async () => (await intents('plan')).at(-1)?.at === stampAt(mistake + 4));
  });

  it('ignores an answer to a choice that was replaced', async () => {
    await open();
    await page.evaluate(() => void (window.harness.holdPlans = true));
    await type('10:00');
    await type(stampAt(mistake));
    await waitFor('both requests', async () => (await page.evaluate(() => window.harness.held.length)) === 2);
    await page.evaluate(() => window.harness.held[1]?.());
    await isPlanned('Delete in shop.orders');
    await page.evaluate(() => window.harness.held[0]?.());
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    assert.match(await last().innerText(), /Delete\s+shop\.orders/);
  });

  it('goes to the ends with Home and End, and by parts of the view with Page Up and Down', async () => {
    await open();
    await drawn();
    await slider().focus();
    await page.keyboard.press('End');
    await waitFor('the end', async () => (await intents('plan')).at(-1)?.at === dayStatus.ranges.at(-1)?.to);
    await page.keyboard.press('PageDown');
    await waitFor('a tenth back', async () => {
      const ms = Date.parse((await intents('plan')).at(-1)?.at ?? '');
      return (
        Math.abs(ms - (Number(dayStatus.ranges.at(-1)?.to.split(':')[0]) * 1000 - 2.4 * 3_600_000)) < 60_000
      );
    });
    await page.keyboard.press('Home');
    await waitFor('the start', async () => (await intents('plan')).at(-1)?.at === dayStatus.ranges[0]?.from);
  });

  it('is drawn as sharp as a screen shows it that it is moved to', async () => {
    await open();
    await drawn();
    await page.getByRole('button', { name: 'Follow now', pressed: true }).click();
    const canvas = () =>
      page.locator('.plot canvas').evaluate((element) => (element as HTMLCanvasElement).width);
    const before = await canvas();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Emulation.setDeviceMetricsOverride', {
      ...{ width: 1280, height: 800, deviceScaleFactor: 2, mobile: false },
    });
    await waitFor('twice as many pixels', async () => (await canvas()) === 2 * before);
  });

  it('says why a moment in a gap is refused, and leads out of it', async () => {
    await open();
    await type('2026-11-24 22:00');
    const alert = page.getByRole('alert').filter({ hasText: 'cannot be restored' });
    await alert.waitFor();
    assert.match(await alert.innerText(), /Choose a time inside a restorable range/);
    assert.equal(await page.getByRole('button', { name: 'Preview' }).isDisabled(), true);
    assert.match(await valueText(), /not restorable$/);
    await page.getByRole('button', { name: /^Restorable moment before · 21:42:00/ }).click();
    await isPlanned('last restored');
    assert.equal((await intents('plan')).at(-1)?.at, dayStatus.gaps[0]?.after);
  });

  describe('while more is recorded', () => {
    const record = (times: number) =>
      page.evaluate((seconds) => {
        const state = window.harness.state();
        const ranges = state.status.ranges.map((range, i, all) =>
          i < all.length - 1 ? range : { ...range, to: `${Math.floor(state.nowMs / 1000) + seconds}:1` },
        );
        window.harness.send({ kind: 'state', state: { ...state, status: { ...state.status, ranges } } });
      }, times);
    const drawnAnew = () =>
      page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

    it('leaves the focus where it is', async () => {
      await open();
      await drawn();
      const latest = page.getByRole('button', { name: 'Latest restorable moment' });
      await latest.focus();
      await record(1);
      await drawnAnew();
      assert.equal(await latest.evaluate((element) => element === document.activeElement), true);
    });

    it('says a refusal once', async () => {
      await open();
      await type('2026-11-24 22:00');
      const alert = page.getByRole('alert').filter({ hasText: 'cannot be restored' });
      await alert.evaluate((element) => element.setAttribute('data-said', ''));
      await record(1);
      await drawnAnew();
      assert.notEqual(await alert.getAttribute('data-said'), null);
    });

    it('tells how long a gap is by now', async () => {
      await open();
      await drawn();
      await page.getByRole('button', { name: /^Gap of 48\smin/ }).focus();
      await page.evaluate(() => {
        const state = window.harness.state();
        const gaps = state.status.gaps.map((gap, i) =>
          i > 0 ? gap : { ...gap, before: `${Number(gap.before.split(':')[0]) + 120}:1` },
        );
        window.harness.send({ kind: 'state', state: { ...state, status: { ...state.status, gaps } } });
      });
      const grown = page.getByRole('button', { name: /^Gap of 50\smin/ });
      await grown.waitFor();
      assert.equal(await grown.evaluate((element) => element === document.activeElement), true);
      await grown.hover();
      assert.match(await page.locator('.tip.shown').innerText(), /^Gap · 50\smin/);
    });
  });

  it('chooses nothing by a press that is called off', async () => {
    await open();
    await drawn();
    const { x, y } = await place(0.5, 120);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.locator('.plot').dispatchEvent('pointercancel');
    await page.mouse.up();
    assert.deepEqual(await intents('plan'), []);
  });

  it('shows the reason of a gap to pointer and keyboard', async () => {
    await open();
    await drawn();
    const gap = page.getByRole('button', { name: /^Gap of 48\smin, .*The recorder was off/ });
    await gap.hover();
    assert.match(await page.locator('.tip.shown').innerText(), /The recorder was off/);
    await page.mouse.move(0, 0);
    await page.getByRole('toolbar', { name: 'Snapshots, marks and gaps' }).locator('[tabindex="0"]').focus();
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowRight');
    assert.match(
      (await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) ?? '',
      /^(Gap|Snapshot)/,
    );
  });

  it('makes snapshots, marks and gaps one stop of the Tab key', async () => {
    await open();
    await drawn();
    const stops = await page
      .locator('.landmarks button')
      .evaluateAll((all) => all.map((b) => (b as HTMLElement).tabIndex));
    assert.equal(stops.length, 10);
    assert.equal(stops.filter((index) => index === 0).length, 1);
  });

  it('goes to a mark when it is pressed', async () => {
    await open();
    await drawn();
    await page.getByRole('button', { name: /^Mark “nightly”/ }).click();
    await isPlanned('last restored');
    const nightly = dayStatus.marks.find((mark) => mark.name === 'nightly');
    assert.equal((await intents('plan')).at(-1)?.at, nightly?.at);
  });

  it('plans the scope that is picked, and opens its collection', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    const openButton = page.getByRole('button', { name: 'Open Past Collection' });
    assert.equal(await openButton.isDisabled(), true);
    await page.getByRole('combobox', { name: 'Scope' }).click();
    await page.getByRole('option', { name: 'shop.orders', exact: true }).click();
    await waitFor('a plan of the scope', async () => (await intents('plan')).at(-1)?.scope === 'shop.orders');
    await waitFor('one row', async () => (await page.locator('.table tbody tr').count()) === 1);
    await openButton.click();
    assert.deepEqual((await intents('open')).at(-1), {
      kind: 'open',
      at: stampAt(mistake),
      ns: 'shop.orders',
    });
    assert.equal(await page.locator('.lane-name').count(), 1);
  });

  it('opens any collection from its row', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    await page.getByRole('button', { name: 'Open auth.tokens as of this moment' }).click();
    assert.deepEqual(await intents('open'), [{ kind: 'open', at: stampAt(mistake), ns: 'auth.tokens' }]);
  });

  it('marks the exact operation, not the time it was picked by', async () => {
    await open();
    await type('13:30:46.999');
    await isPlanned('last restored');
    await page.getByRole('button', { name: 'Mark This Moment' }).click();
    assert.deepEqual(await intents('mark'), [{ kind: 'mark', at: stampAt(mistake - 1) }]);
  });

  it('says what is wrong with a time it can not read', async () => {
    await open();
    await type('yesterday at noon');
    const input = page.getByLabel('Moment', { exact: true });
    assert.equal(await input.getAttribute('aria-invalid'), 'true');
    await page.getByRole('alert').filter({ hasText: 'Write a date and time' }).waitFor();
    assert.deepEqual(await intents('plan'), []);
    await page.keyboard.press('Escape');
    assert.equal(await input.getAttribute('aria-invalid'), null);
  });

  it('zooms about the pointer and pans with Shift', async () => {
    await open();
    await drawn();
    const caption = page.locator('.caption');
    const { x, y } = await place(0.5, 120);
    await page.mouse.move(x, y);
    for (let i = 0; i < 10; i++) await page.mouse.wheel(0, -200);
    await waitFor('finer bars', async () => / bars of (1|2|5|10|15|30)\ss$/.test(await caption.innerText()));
    assert.equal(
      await page.getByRole('button', { name: 'Follow now' }).getAttribute('aria-pressed'),
      'false',
    );
    const zoomed = await caption.innerText();
    await page.keyboard.down('Shift');
    await page.mouse.down();
    await page.mouse.move(x - 200, y, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await waitFor('another span', async () => (await caption.innerText()) !== zoomed);
    assert.deepEqual(await intents('plan'), []);
    await page.getByRole('button', { name: 'Fit' }).click();
    await waitFor('the whole day', async () => (await caption.innerText()).includes('24 Nov'));
  });

  it('zooms by keyboard', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    await slider().focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('+');
    await waitFor('seconds', async () =>
      (await page.locator('.caption').innerText()).includes('bars of 1\u00a0s'),
    );
    await page.keyboard.press('0');
    await waitFor('the whole day', async () =>
      (await page.locator('.caption').innerText()).includes('24 Nov'),
    );
  });

  it('lets the edge of now move on', async () => {
    await open();
    await drawn();
    const { x, y } = await place(0.97, 120);
    await page.mouse.move(x, y);
    for (let i = 0; i < 20; i++) await page.mouse.wheel(0, -300);
    await page.getByRole('button', { name: 'Follow now' }).click();
    const caption = page.locator('.caption');
    const first = await caption.innerText();
    await waitFor('time to pass', async () => (await caption.innerText()) !== first);
    assert.equal(await page.locator('.now.off').count(), 0);
  });

  it('shows that the host is busy, and takes no orders meanwhile', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    await page.evaluate(() => window.harness.send({ kind: 'busy', label: 'Restoring…' }));
    await page.getByRole('status').filter({ hasText: 'Restoring…' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Preview' }).isDisabled(), true);
    await page.evaluate(() => window.harness.send({ kind: 'busy', label: undefined }));
    await waitFor('the button', () => page.getByRole('button', { name: 'Preview' }).isEnabled());
  });

  it('offers a snapshot where nothing is recorded', async () => {
    await open({ case: 'empty' });
    await page.getByRole('heading', { name: 'Nothing recorded yet' }).waitFor();
    await page.getByRole('button', { name: 'Take Snapshot' }).click();
    assert.deepEqual(await intents('takeSnapshot'), [{ kind: 'takeSnapshot' }]);
    assert.deepEqual(await intents('density'), []);
  });

  it('says that recording is off, stalled or failed, and why', async () => {
    await open({ case: 'stopped' });
    await page.getByText(/^Recording is off: moments after Wed, 25 Nov 2026, 14:41:59/).waitFor();
    await page.context().close();
    await open({ case: 'stalled' });
    await page.getByText('ECONNREFUSED').waitFor();
    assert.match(await page.locator('.recorder').innerText(), /^Stalled\s*since 14:36$/);
    await page.context().close();
    await open({ case: 'failed' });
    await page.getByText('no repository in /there').waitFor();
    assert.match(await page.locator('.recorder').innerText(), /^Failed\s*$/);
  });

  it('takes its words from the host', async () => {
    await open({ case: 'german' });
    await page.getByText('Eingefügt').waitFor();
    assert.match(await page.locator('.recorder').innerText(), /^Zeichnet auf/);
  });

  it('comes back as it was left', async () => {
    await open();
    await type(stampAt(mistake));
    await isPlanned('Delete in shop.orders');
    await page.getByRole('button', { name: /^Updates:/ }).click();
    await waitFor('the view to be saved', () =>
      page.evaluate(() => {
        const saved = JSON.parse(sessionStorage.getItem('state') ?? '{}') as {
          shown?: string[];
          connectionId?: string;
        };
        return saved.connectionId === 'c1' && saved.shown?.length === 3;
      }),
    );
    await page.reload();
    await isPlanned('Delete in shop.orders');
    assert.equal((await intents('plan'))[0]?.at, stampAt(mistake));
    assert.equal(await page.getByRole('button', { name: /^Updates:/ }).getAttribute('aria-pressed'), 'false');
  });

  for (const theme of Object.keys(themes) as ThemeName[]) {
    it(`keeps everything inside a narrow panel and readable in ${theme}`, async () => {
      await open({ theme, width: 320, height: 700 });
      await type(stampAt(mistake));
      await isPlanned('Delete in shop.orders');
      const found = await page.evaluate(lookForTrouble);
      assert.deepEqual(found, { wider: 0, faint: [] });
    });

    it(`shows what the Tab key comes to in ${theme}`, async () => {
      await open({ theme, height: 1800, reducedMotion: true });
      await type(stampAt(mistake));
      await isPlanned('Delete in shop.orders');
      const stops: string[] = [];
      const unseen: string[] = [];
      for (let focused = await page.evaluate(focus); focused;) {
        const withFocus = await page.screenshot({ clip: focused.around });
        await page.keyboard.press('Tab');
        const next = await page.evaluate(focus);
        const without = await page.screenshot({ clip: focused.around });
        stops.push(focused.name);
        if (withFocus.equals(without)) unseen.push(focused.name);
        focused = next;
      }
      assert.ok(stops.length > 15, stops.join('\n'));
      assert.deepEqual(unseen, []);
    });
  }

  it('keeps up with the pointer over thousands of buckets', async () => {
    await open({ width: 3800, height: 1000 });
    await drawn();
    const frame = await page.evaluate(async () => {
      const plot = document.querySelector('.plot');
      const box = plot?.getBoundingClientRect();
      if (!plot || !box) return Infinity;
      const spent: number[] = [];
      for (let i = 0; i < 40; i++) {
        const clientX = box.left + box.width / 2;
        plot.dispatchEvent(
          new WheelEvent('wheel', {
            deltaY: i % 2 ? 40 : -40,
            clientX,
            clientY: box.top + 100,
            cancelable: true,
          }),
        );
        const before = performance.now();
        await new Promise((resolve) => requestAnimationFrame(() => resolve(undefined)));
        const started = performance.now();
        await new Promise((resolve) => setTimeout(resolve));
        spent.push(performance.now() - Math.max(started, before));
      }
      return spent.toSorted((a, b) => a - b)[20] ?? Infinity;
    });
    assert.ok(frame < 40, `half of the frames took ${frame.toFixed(1)} ms or more`);
  });

  it('stays small', () => {
    assert.ok(harness.scriptBytes < 200_000, `${harness.scriptBytes} bytes`);
  });
});

/** Runs in the page: what has the focus, and the area in which that must show. */
async function focus() {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return undefined;
  // What is out of view is moved into it in the next frame, and its tip comes in the one after.
  for (let n = 0; n < 3; n++) await new Promise((resolve) => requestAnimationFrame(resolve));
  const shown = focused.matches('.cursor') ? (focused.lastElementChild ?? focused) : focused;
  const { x, y, width, height } = shown.getBoundingClientRect();
  const around = { x: Math.max(x - 4, 0), y: Math.max(y - 4, 0), width: width + 8, height: height + 8 };
  const name = focused.getAttribute('aria-label') ?? focused.textContent.trim();
  return { name: `${focused.tagName} ${focused.className} ${name}`, around };
}

/** Runs in the page: what sticks out of it, and text with less contrast than WCAG AA asks for. */
function lookForTrouble(): { wider: number; faint: string[] } {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r = 0, g = 0, b = 0]: number[]): number => {
    const linear = [r, g, b].map((c) =>
      c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  };
  const over = (top: number[], under: number[]): number[] => {
    const alpha = top[3] ?? 1;
    return [0, 1, 2].map((i) => (top[i] ?? 0) * alpha + (under[i] ?? 0) * (1 - alpha));
  };
  const backgroundOf = (element: Element | null): number[] => {
    if (!element) return [255, 255, 255];
    const own = channels(getComputedStyle(element).backgroundColor);
    return (own[3] ?? 1) === 1 ? own : over(own, backgroundOf(element.parentElement));
  };
  const faint: string[] = [];
  for (const element of document.querySelectorAll('h1, h2, span, dt, dd, th, td, p, code, button, time')) {
    const text = [...element.childNodes].find((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest('[disabled], .before, .off, .unseen, .sign')) continue;
    const background = backgroundOf(element);
    const color = over(channels(getComputedStyle(element).color), background);
    const [light = 0, dark = 0] = [luminance(color), luminance(background)].toSorted((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.push(`${element.className || element.tagName} ${contrast.toFixed(1)}`);
  }
  return { wider: document.documentElement.scrollWidth - document.documentElement.clientWidth, faint };
}
