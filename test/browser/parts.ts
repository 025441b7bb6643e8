import path from 'node:path';
import { mkdirSync } from 'node:fs';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { projectRoot } from '../support/projectRoot';
import { waitFor } from '../support/waitFor';

/** Runs in the page: waits for what fades in or moves, but not for what spins on and on. */
async function settle(): Promise<void> {
  const ending = document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(ending.map((animation) => animation.finished));
}

/** The parts of a workbench that a person of this extension touches. */
export class Parts {
  readonly page: Page;
  readonly #pictures: string;

  /** Pictures go into a folder of `test-results`. */
  constructor(page: Page, pictures = 'main-job') {
    this.page = page;
    this.#pictures = path.join(projectRoot, 'test-results', pictures);
  }

  /** That of the extension in the activity bar. */
  get tab(): Locator {
    return this.page.locator('.activitybar').getByRole('tab', { name: /^Mongo Rewind/ });
  }

  /** By the name of its first view. A press on the tab of what is shown already, or is about to be, hides it. */
  async openSidebar(view = 'Clusters'): Promise<void> {
    const pane = this.page.locator('.sidebar .pane-header', { hasText: view });
    await this.tab.waitFor({ timeout: 60_000 });
    const shown = async (): Promise<boolean> => {
      if (!(await pane.isVisible())) await this.tab.click();
      await pane.waitFor({ timeout: 5_000 });
      return true;
    };
    await waitFor(`the view ${view}`, shown, { timeoutMs: 60_000 });
  }

  row(text: string | RegExp): Locator {
    return this.page.locator('.sidebar').getByRole('treeitem').filter({ hasText: text }).first();
  }

  /** Clicks an action that shows on a row under the pointer. */
  async rowAction(row: Locator, label: string): Promise<void> {
    await row.hover();
    await row.locator(`.actions a[aria-label^="${label}"]`).click();
  }

  /** Chooses from the context menu of a row. */
  async rowMenu(row: Locator, label: string): Promise<void> {
    await row.click({ button: 'right' });
    const menu = this.page.locator('.context-view .monaco-menu');
    const item = menu.getByRole('menuitem', { name: label });
    await item.waitFor();
    // A menu takes no click in its first moments.
    await waitFor(`the menu to take ${label}`, async () => {
      await item.click({ timeout: 1_000 });
      await menu.waitFor({ state: 'hidden', timeout: 1_000 });
      return true;
    });
  }

  /** Types into the quick input that is open, and accepts. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    await input.waitFor();
    await input.fill(text);
    await input.press('Enter');
  }

  /** Types a folder into the file dialog that is open, and presses its button once it lists what the folder holds. */
  async pickFolder(button: string, folder: string, holds: string): Promise<void> {
    const dialog = this.page.locator('.quick-input-widget');
    const input = dialog.locator('.quick-input-box input');
    const accept = dialog.getByRole('button', { name: button });
    await accept.waitFor();
    await this.quickPick('..').waitFor(); // it begins with a folder of its own
    await waitFor('the dialog to take the folder', async () => {
      if (!(await accept.isVisible())) return true;
      await input.fill(`${folder}/`);
      await this.quickPick(holds).waitFor({ timeout: 2000 });
      await accept.click({ timeout: 1000 });
      await accept.waitFor({ state: 'hidden', timeout: 3000 });
      return true;
    });
  }

  quickPick(label: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: label }).first();
  }

  async runCommand(label: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    // An editor that is just closing may swallow the key, or take the focus from it.
    await waitFor('the palette', async () => {
      await this.page.keyboard.press('F1');
      await input.waitFor({ timeout: 2000 });
      await input.fill(`>${label}`, { timeout: 2000 });
      return true;
    });
    await this.quickPick(label).waitFor();
    await input.press('Enter');
    await waitFor('the palette to go', async () => {
      return !(await input.isVisible()) || !(await input.inputValue()).startsWith('>');
    });
  }

  /** Waits for a notification, in their centre: toasts do not show while a test drives. */
  async notified(text: string | RegExp): Promise<void> {
    const centre = this.page.locator('.notifications-center');
    const item = centre.locator('.notification-list-item').filter({ hasText: text }).first();
    // It closes by itself when its last notification goes, before the next one comes.
    // An answer that is still being checked would be given up for the palette.
    const input = this.page.locator('.quick-input-widget');
    await input.waitFor({ state: 'hidden', timeout: 5_000 }).catch(() => undefined);
    const shown = async (): Promise<boolean> => {
      if (!(await centre.isVisible())) await this.runCommand('Notifications: Show Notifications');
      return await item.waitFor({ timeout: 1_000 }).then(
        () => true,
        () => false,
      );
    };
    await waitFor(`a notification like ${String(text)}`, shown, { timeoutMs: 60_000 });
  }

  /** Presses a button of a notification in their centre. */
  async notificationAction(label: string): Promise<void> {
    await this.page.locator('.notifications-center').getByRole('button', { name: label }).click();
  }

  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
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
    mkdirSync(this.#pictures, { recursive: true });
    await this.page.evaluate(settle);
    await this.page.screenshot({ path: path.join(this.#pictures, `${name}.png`) });
  }
}
