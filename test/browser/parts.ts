import path from 'node:path';
import { mkdirSync } from 'node:fs';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { projectRoot } from '../support/projectRoot';
import { waitFor } from '../support/waitFor';

const pictures = path.join(projectRoot, 'test-results', 'main-job');

/** The parts of a workbench that a person of this extension touches. */
export class Parts {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async openSidebar(): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: /^Mongo Rewind/ });
    await tab.click({ timeout: 60_000 });
    await this.page.locator('.sidebar .pane-header', { hasText: 'Clusters' }).waitFor();
  }

  row(text: string | RegExp): Locator {
    return this.page.locator('.sidebar').getByRole('treeitem').filter({ hasText: text }).first();
  }

  /** Clicks an action that shows on a row under the pointer. */
  async rowAction(row: Locator, label: string): Promise<void> {
    await row.hover();
    await row.locator(`.actions a[aria-label^="${label}"]`).click();
  }

  /** Types into the quick input that is open, and accepts. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    await input.waitFor();
    await input.fill(text);
    await input.press('Enter');
  }

  async runCommand(label: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    await input.waitFor();
    await input.fill(`>${label}`);
    await this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: label })
      .first()
      .waitFor();
    await input.press('Enter');
    await waitFor('the palette to go', async () => {
      return !(await input.isVisible()) || !(await input.inputValue()).startsWith('>');
    });
  }

  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  get statusBar(): Locator {
    return this.page.locator('.statusbar [id="mongo-rewind.mongo-rewind.mongoRewind.recorder"]');
  }

  /** What the active webview editor holds. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: path.join(pictures, `${name}.png`) });
  }
}
