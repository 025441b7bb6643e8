import type { Frame, Page } from 'playwright-core';
import { waitFor } from '../support/waitFor';

/** Runs in a frame: what has the focus there, as a screen reader names it. */
function nameOfFocus(): string | undefined {
  const focused = document.activeElement;
  if (!document.hasFocus() || focused === null || focused === document.body) return undefined;
  if (focused instanceof HTMLIFrameElement) return undefined;
  if (focused.matches('.monaco-menu, .actions-container')) return ''; // none of its items yet
  const descendant = focused.getAttribute('aria-activedescendant');
  const element = (descendant === null ? undefined : document.getElementById(descendant)) ?? focused;
  const labels = (element.getAttribute('aria-labelledby') ?? '').split(' ');
  const labelled = labels.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  const text = element instanceof HTMLElement ? element.innerText : '';
  return element.getAttribute('aria-label') ?? (labelled.trim() === '' ? text : labelled);
}

/** Runs in the workbench's page: counts what a keyboard does not do. */
function countPointers(): void {
  let count = 0;
  addEventListener('pointerdown', () => (count += 1), { capture: true });
  Object.assign(globalThis, { pointers: () => count });
}

/** A person without a mouse. */
export class Keys {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async begin(): Promise<void> {
    await this.#page.evaluate(countPointers);
  }

  /** How often something was pressed by a pointer since the beginning. */
  async pointers(): Promise<number> {
    return await this.#page.evaluate(() => (globalThis as unknown as { pointers(): number }).pointers());
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
    await this.#page.keyboard.press('Enter');
  }

  /** The name of what has the focus, in whichever frame it is. */
  async focused(): Promise<string> {
    for (const frame of this.#page.frames()) {
      const name = await nameIn(frame);
      if (name !== undefined) return name;
    }
    return '';
  }

  async hasFocus(name: RegExp): Promise<void> {
    await waitFor(`the focus on ${String(name)}`, async () => name.test(await this.focused()));
  }

  /** Presses a key until the focus is on what has this name. */
  async go(key: string, name: RegExp, most = 60): Promise<void> {
    const passed: string[] = [];
    for (let times = 0; times <= most; times += 1) {
      const now = await this.focused();
      if (name.test(now)) return;
      passed.push(now.slice(0, 60));
      await this.#page.keyboard.press(key);
      // The focus follows the key, in another process where the frame is one.
      await this.#page.waitForTimeout(30);
    }
    throw new Error(`${key} never came to ${String(name)}, but to:\n${passed.join('\n')}`);
  }
}

async function nameIn(frame: Frame): Promise<string | undefined> {
  return await frame.evaluate(nameOfFocus).catch(() => undefined);
}
