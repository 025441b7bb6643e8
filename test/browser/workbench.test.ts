import { openWorkbench, type Workbench } from '../support/workbench';

describe('the workbench', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench();
  });
  after(() => workbench.close());

  it('shows Mongo Rewind in the activity bar', async () => {
    const tab = workbench.page.locator('.activitybar').getByRole('tab', { name: /^Mongo Rewind/ });
    await tab.waitFor({ timeout: 30_000 });
  });
});
