import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { waitFor } from '../support/waitFor';
import { type ReplicaSet, startReplicaSet } from '../support/replicaSet';
import { openWorkbench, type Workbench } from '../support/workbench';
import { Parts } from './parts';

const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

for (const [name, theme] of Object.entries(themes))
  /** In German, whose words are longer. */
  describe(`in the theme ${theme}, in German`, function () {
    this.bail(true);
    let set: ReplicaSet;
    let client: MongoClient;
    let workspace: string;
    let workbench: Workbench;
    let ui: Parts;
    const orders = () => client.db('shop').collection('orders');
    const escape = async (): Promise<void> => {
      await ui.page.keyboard.press('Escape');
    };

    before(async () => {
      set = await startReplicaSet();
      client = new MongoClient(set.uri);
      await orders().insertMany(Array.from({ length: 1203 }, (_, n) => ({ number: n, open: n % 2 === 0 })));
      await client.db('shop').collection('customers').insertOne({ name: 'Ann' });
      await client.db('shop').createCollection('open', { viewOn: 'orders', pipeline: [] });
      workspace = await mkdtemp(path.join(os.tmpdir(), 'workspace-'));
      await writeFile(path.join(workspace, '.env'), 'MONGODB_URI=mongodb://db.example.com:27017/shop\n');
      workbench = await openWorkbench({
        language: 'de',
        workspace,
        settings: {
          'workbench.colorTheme': theme,
          'mdb.presetConnections': [
            { name: 'Testsystem', connectionString: 'mongodb://test.example.com:27017/' },
          ],
        },
      });
      ui = new Parts(workbench.page, `themes/${name}`);
    });

    after(async () => {
      await ui.picture('last');
      await workbench.close();
      await client.close();
      await set.stop();
      await rm(workspace, { recursive: true, force: true });
    });

    const openWalkthrough = async (): Promise<void> => {
      await ui.runCommand('Welcome: Open Walkthrough');
      await ui.answer('Mongo Rewind');
      await ui.page.locator('.getting-started-step').first().waitFor();
      await ui.webview.locator('svg').first().waitFor();
    };

    it('leads through four steps', async () => {
      await ui.openSidebar('Cluster');
      await openWalkthrough();
      await ui.picture('00-walkthrough');
    });

    it('invites and says what is wrong with what is typed', async () => {
      const welcome = ui.page.locator('.sidebar .welcome-view');
      await welcome.getByText('Demo-Cluster').waitFor();
      await ui.picture('01-welcome');
      await welcome.getByRole('button', { name: 'Verbindung hinzufügen' }).click();
      await ui.answer('http://localhost');
      await ui.picture('02-not-valid');
      await ui.answer('mongodb://127.0.0.1:9/?directConnection=true&serverSelectionTimeoutMS=300');
      await ui.notified(
        /Verbinden nicht möglich: Kein Server hat geantwortet.*Läuft MongoDB unter dieser Adresse/,
      );
      await ui.picture('02a-unreachable');
      await ui.clearNotifications();
      await welcome.getByRole('button', { name: 'Verbindung hinzufügen' }).click();
      await ui.answer(`${set.uri}&serverSelectionTimeoutMS=5000`);
      await ui.row('shop').waitFor();
      await ui.picture('03-connected');
    });

    it('shows what is recorded', async () => {
      await ui.rowAction(ui.row('127.0.0.1'), 'Aufzeichnung starten');
      await ui.row('Wiederherstellbar').filter({ hasText: 'seit' }).waitFor({ timeout: 60_000 });
      await orders().updateMany({}, { $set: { open: false } });
      await orders().deleteMany({ number: { $lt: 900 } });
      await ui.runCommand('Mongo Rewind: Diesen Zeitpunkt markieren');
      await ui.picture('04-mark');
      await ui.answer('vor der Migration');
      await ui.row('Markierungen').waitFor();
      for (const group of ['shop', 'Markierungen', 'Snapshots', 'Ereignisse']) await ui.row(group).click();
      await ui.row('deleteMany').waitFor();
      await ui.row('orders').waitFor();
      await ui.picture('05-tree');
    });

    it('asks for a moment and what to bring back', async () => {
      await ui.runCommand('Mongo Rewind: Vorschau eines Zeitpunkts');
      await ui.quickPick('Neuester').waitFor();
      await ui.picture('06-moment');
      await ui.quickPick('Neuester').click();
      await ui.quickPick('Alle Datenbanken').waitFor();
      await ui.picture('07-scope');
      await ui.quickPick('Alle Datenbanken').click();
      await ui.dialog.getByRole('button', { name: 'Vorschau erstellen' }).waitFor();
      await ui.picture('08-plan');
      await ui.dialog.getByRole('button', { name: 'Vorschau erstellen' }).click();
      await ui.row('shop__at_').waitFor({ timeout: 60_000 });
      await ui.page.locator('.sidebar .pane-header', { hasText: 'Vorgänge' }).click();
      await ui.picture('09-views');
    });

    it('asks before it undoes, restores in place, drops and removes', async () => {
      await ui.clearNotifications();
      for (const [command, picture, pick] of [
        ['Ereignis rückgängig machen', '10-undo', 'deleteMany'],
        ['An Ort und Stelle wiederherstellen', '11-in-place', 'Neuester'],
        ['Vorschau löschen', '12-drop', undefined],
        ['Verbindung entfernen', '13-remove', undefined],
      ] as const) {
        await ui.runCommand(`Mongo Rewind: ${command}`);
        if (pick !== undefined) await ui.quickPick(pick).click();
        if (picture === '11-in-place') await ui.quickPick('shop').click();
        await ui.dialog.waitFor();
        await ui.picture(picture);
        await escape();
        await ui.dialog.waitFor({ state: 'detached' });
      }
    });

    it('offers what can be changed of a connection', async () => {
      await ui.runCommand('Mongo Rewind: Verbindung bearbeiten');
      await ui.quickPick('Name').waitFor();
      await ui.picture('14-edit');
      await escape();
    });

    it('shows the timeline, after which every step of the walkthrough is done', async () => {
      await ui.rowAction(ui.row('127.0.0.1'), 'Zeitleiste');
      await ui.webview.getByRole('slider').waitFor({ state: 'attached' });
      await ui.webview.getByRole('slider').press('End');
      await ui.webview.getByRole('button', { name: 'Vorschau' }).waitFor();
      await ui.picture('15-timeline');
      await openWalkthrough();
      const done = ui.page.locator('.getting-started-step .codicon-getting-started-step-checked.complete');
      await waitFor('all steps to be done', async () => (await done.count()) === 4);
      await ui.picture('16-walkthrough');
    });

    it('compares two moments', async () => {
      await ui.runCommand('View: Close All Editors');
      await ui.runCommand('Mongo Rewind: Zwei Zeitpunkte vergleichen');
      await ui.quickPick('Snapshot').click();
      await ui.quickPick('Neuester').click();
      await ui.quickPick('Alle Datenbanken').waitFor();
      await ui.quickPick('Alle Datenbanken').click();
      await ui.notified(/shop\.orders: /);
      await ui.page.locator('.monaco-diff-editor .view-line').first().waitFor({ timeout: 10_000 });
      await ui.picture('17-compare');
      await ui.notificationAction('Ein Dokument wählen');
      await ui.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
      await ui.picture('17a-documents');
      await escape();
      await ui.runCommand('View: Close All Editors');
    });

    it('shows a past collection and the history of one of its documents', async () => {
      await ui.runCommand('Mongo Rewind: Frühere Collection öffnen');
      await ui.quickPick('Neuester').click();
      await ui.quickPick('shop.orders').click();
      await ui.page.locator('.monaco-editor .view-line').filter({ hasText: 'number' }).first().waitFor();
      await ui.page.locator('.monaco-editor .view-line').filter({ hasText: 'number' }).first().click();
      await ui.picture('18-past');
      await ui.runCommand('Mongo Rewind: Verlauf eines Dokuments zeigen');
      const versions = ui.page.locator('.quick-input-list .monaco-list-row');
      await versions.filter({ hasText: 'Änderung' }).first().waitFor({ timeout: 30_000 });
      await ui.picture('19-history');
      await versions.filter({ hasText: 'Änderung' }).first().click();
      await ui.page.locator('.monaco-diff-editor .view-line').first().waitFor();
      await ui.picture('20-version');
    });

    it('asks what dump to import', async () => {
      await ui.runCommand('Mongo Rewind: Dump importieren');
      await ui.quickPick('Archiv').waitFor();
      await ui.picture('20a-import');
      await ui.quickPick('Archiv').click();
      await ui.page.locator('.quick-input-widget').getByRole('button', { name: 'Importieren' }).waitFor();
      await ui.picture('20b-import-file');
      await escape();
    });

    it('finds and imports connections', async () => {
      await ui.clearNotifications();
      await ui.runCommand('Mongo Rewind: Verbindungen suchen');
      await ui.quickPick('MONGODB_URI').waitFor({ timeout: 30_000 });
      await ui.picture('21-find');
      await escape();
      await ui.runCommand('Mongo Rewind: Verbindungen importieren');
      await ui.quickPick('MongoDB for VS Code').waitFor();
      await ui.picture('22-import');
      await ui.quickPick('MongoDB for VS Code').click();
      await ui.quickPick('Testsystem').waitFor();
      await ui.picture('23-presets');
      await escape();
    });

    it('has its settings on a page', async () => {
      await ui.runCommand('Preferences: Open Settings (UI)');
      await ui.page.locator('.settings-editor .suggest-input-container').click();
      await ui.page.keyboard.type('@ext:mongo-rewind.mongo-rewind');
      await ui.page.locator('.setting-item-contents').filter({ hasText: 'Lag' }).first().waitFor();
      await ui.picture('24-settings');
      await ui.page.keyboard.press('Control+w');
    });

    it('shows jobs that run, that are done and that failed', async () => {
      await set.stop();
      await ui.runCommand('Mongo Rewind: Snapshot aufnehmen');
      await ui.row('Snapshot von').waitFor();
      await ui.picture('25-running');
      await ui.notified(/Kein Server hat geantwortet/);
      await ui.picture('26-failed');
      await ui.clearNotifications();
      await ui.row('Snapshot von').hover();
      await ui.page
        .locator('.monaco-hover')
        .filter({ hasText: /Gestartet[^]*stimmt der Port/ })
        .waitFor();
      await ui.picture('27-failed-tooltip');
    });
  });
