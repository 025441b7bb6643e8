import type { Page } from 'playwright-core';

/** Whether the workbench's storage in the browser holds a text; it is written now and then. */
export async function keeps(page: Page, text: string): Promise<boolean> {
  return await page.evaluate(async (wanted) => {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error('no answer'));
      });
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await answer(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const rows: unknown = await answer(database.transaction(store).objectStore(store).getAll());
        if (JSON.stringify(rows).includes(wanted)) return true;
      }
      database.close();
    }
    return false;
  }, text);
}
