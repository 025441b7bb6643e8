import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { type Connection, Connections, type ConnectionStorage } from '../../src/host/connections';
import type { Logger } from '../../src/host/logger';
import { Passphrases } from '../../src/host/passphrases';
import type { RunsJobs } from '../../src/host/workerClient';
import { waitFor } from '../support/waitFor';

const command = <T>(name: string, argument: object): Thenable<T> =>
  vscode.commands.executeCommand<T>(`mongoRewind.${name}`, argument);
const silent: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

async function write(name: string, text: string): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder);
  const file = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  return file;
}

/** As it is, changed by nothing but its own name. */
async function read(connection: string, name = 'Read'): Promise<Connection> {
  return await command<Connection>('editConnection', { connection, name });
}

describe('connections', () => {
  let ids: readonly string[] = [];

  afterEach(async () => {
    for (const connection of ids) await command('removeConnection', { connection, deleteRepository: false });
    ids = [];
  });

  async function importUris(...uris: readonly string[]): Promise<readonly string[]> {
    const connections = uris.map((uri, i) => ({
      favorite: { name: `No ${i}` },
      connectionOptions: { connectionString: uri },
    }));
    const file = await write('compass.json', JSON.stringify({ connections }));
    return (ids = await command<string[]>('importConnections', { file, confirmed: true }));
  }

  it('come from a file that Compass exported, each once', async () => {
    const uri = 'mongodb://localhost:9/?directConnection=true';
    assert.equal((await importUris(uri, uri)).length, 1);
    const file = await write('again.json', JSON.stringify([{ connectionString: uri }]));
    assert.deepEqual(await command('importConnections', { file, confirmed: true }), []);
  });

  it('come from the settings of MongoDB for VS Code', async () => {
    const presets = [
      { name: 'Preset', connectionString: 'mongodb://localhost:9/preset?directConnection=true' },
    ];
    await write('.vscode/settings.json', JSON.stringify({ 'mdb.presetConnections': presets }));
    const deadline = Date.now() + 10_000;
    while (ids.length === 0 && Date.now() < deadline)
      ids = vscode.workspace.getConfiguration('mdb').get('presetConnections')
        ? await command<string[]>('importConnections', { confirmed: true })
        : await new Promise((resolve) => setTimeout(resolve, 100, []));
    assert.equal((await read(ids[0] ?? '', '')).label, 'localhost:9');
  });

  it('come from .env and compose files of the workspace, on request', async () => {
    await write('.env', 'MONGO_URL=mongodb://localhost:9/env?directConnection=true\n');
    await write('compose.yaml', 'services:\n  db:\n    image: mongo:6\n    ports: ["11:27017"]\n');
    ids = await command<string[]>('findConnections', { confirmed: true });
    const found = await Promise.all(ids.map((id) => read(id, '')));
    assert.ok(found.some(({ label }) => label === 'localhost:9'));
    assert.ok(found.some(({ label }) => label === 'localhost:11'));
  });

  it('are protected unless they are of this machine', async () => {
    const [near, far, cloud] = await importUris(
      'mongodb://localhost:9/?directConnection=true',
      'mongodb://db.invalid/?serverSelectionTimeoutMS=100',
      'mongodb+srv://cluster.invalid/?serverSelectionTimeoutMS=100',
    );
    assert.equal((await read(near ?? '')).protected, false);
    assert.equal((await read(far ?? '')).protected, true);
    assert.equal((await read(cloud ?? '')).protected, true);
  });

  it('are renamed, coloured and protected', async () => {
    const [connection = ''] = await importUris('mongodb://localhost:9/?directConnection=true');
    const edited = await command<Connection>('editConnection', {
      connection,
      name: 'Orders',
      color: 'orange',
      protected: true,
    });
    assert.deepEqual(
      { name: edited.name, color: edited.color, protected: edited.protected },
      { name: 'Orders', color: 'orange', protected: true },
    );
    assert.equal(
      (await command<Connection>('editConnection', { connection, color: 'none' })).color,
      undefined,
    );
  });

  it('keep their connection string when the new one leads nowhere', async () => {
    const [connection = ''] = await importUris('mongodb://localhost:9/?directConnection=true');
    const uri = 'mongodb://127.0.0.1:10/?directConnection=true&serverSelectionTimeoutMS=200';
    const edited = await command<Connection>('editConnection', { connection, uri });
    assert.equal(edited.label, 'localhost:9');
  });

  it('hold no secret outside of secret storage', async () => {
    const [connection = ''] = await importUris('mongodb://ann:s3cret@localhost:9/?directConnection=true');
    assert.doesNotMatch(JSON.stringify(await read(connection)), /s3cret|ann/);
  });
});

describe('where secret storage fails', () => {
  const broken = () => Promise.reject(new Error('no keyring'));
  const connection = { id: 'a', name: 'A', label: 'localhost', protected: false, repository: '/nowhere' };
  let state: Map<string, unknown>;
  let storage: ConnectionStorage;
  let connections: Connections;

  beforeEach(() => {
    state = new Map();
    storage = {
      state: {
        get: <T>(key: string, otherwise?: T) => (state.get(key) ?? otherwise) as T,
        update: (key: string, value: unknown) => Promise.resolve(void state.set(key, value)),
      },
      secrets: { get: broken, store: broken, delete: broken },
    };
    connections = new Connections(storage, silent);
  });
  afterEach(() => connections.dispose());

  it('remembers the connection string for this session', async () => {
    assert.equal(await connections.put(connection, 'mongodb://ann:s3cret@localhost/'), 'session');
    assert.equal(await connections.uri('a'), 'mongodb://ann:s3cret@localhost/');
    assert.doesNotMatch(JSON.stringify([...state]), /s3cret/);
    await connections.remove('a');
    assert.equal(await connections.hasUri('a'), false);
  });

  it('shows what another window changed when it is looked at again', async () => {
    const other = new Connections(storage, silent);
    let shown = 0;
    connections.onDidChange(() => shown++);
    await other.put(connection, 'mongodb://localhost/');
    connections.lookAgain();
    connections.lookAgain();
    assert.equal(shown, 1);
    other.dispose();
  });

  it('asks for one passphrase after the other', async () => {
    const looked: string[] = [];
    const absent: RunsJobs = {
      run: (_kind, params) => {
        looked.push((params as { repository: string }).repository);
        return Promise.resolve({ state: 'encrypted', opens: false } as never);
      },
    };
    const passphrases = new Passphrases(absent, connections, storage.secrets, silent);
    const first = passphrases.ask(connection, { once: true });
    const second = passphrases.ask({ ...connection, repository: '/elsewhere' }, { once: true });
    const turnAway = (asked: Promise<unknown>) =>
      waitFor('the prompt to be left', async () => {
        await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
        return await Promise.race([
          asked.then(() => true),
          new Promise<false>((go) => setTimeout(go, 20, false)),
        ]);
      });
    await waitFor('the first to be looked at', () => looked.length > 0);
    assert.deepEqual(looked, ['/nowhere']);
    await turnAway(first);
    await turnAway(second);
    assert.deepEqual(looked, ['/nowhere', '/elsewhere']);
    passphrases.dispose();
  });

  it('remembers the passphrase for this session', async () => {
    const idle: RunsJobs = { run: () => Promise.reject(new Error('nothing is asked of the engine')) };
    const passphrases = new Passphrases(idle, connections, storage.secrets, silent);
    await connections.put(connection, 'mongodb://localhost/');
    await passphrases.keep(connection, 'open sesame');
    assert.equal(await passphrases.of('/nowhere'), 'open sesame');
    assert.equal(passphrases.isWanted('/nowhere'), true);
    assert.doesNotMatch(JSON.stringify([...state]), /sesame/);
    await passphrases.forget('/nowhere');
    assert.equal(await passphrases.of('/nowhere'), undefined);
    passphrases.dispose();
  });
});
