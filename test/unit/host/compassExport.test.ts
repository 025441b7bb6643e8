import assert from 'node:assert/strict';
import { readCompassExport, readPresets } from '../../../src/host/compassExport';

describe('readCompassExport', () => {
  it('takes names and connection strings, and counts those that are encrypted', () => {
    const text = JSON.stringify({
      type: 'Compass Connections',
      version: { $numberInt: '1' },
      connections: [
        {
          id: 'a',
          favorite: { name: 'Shop' },
          connectionOptions: { connectionString: 'mongodb://localhost/' },
        },
        { id: 'b', connectionOptions: { connectionString: 'mongodb://ann@db/' }, connectionSecrets: 'AAbb' },
        { id: 'c', connectionOptions: {} },
      ],
    });
    assert.deepEqual(readCompassExport(text), {
      kind: 'ok',
      encrypted: 1,
      connections: [
        { name: 'Shop', uri: 'mongodb://localhost/' },
        { name: '', uri: 'mongodb://ann@db/' },
      ],
    });
  });

  for (const text of ['', '{', '{}', '7', 'null', '{"connections": 3}'])
    it(`refuses ${JSON.stringify(text)}`, () => assert.deepEqual(readCompassExport(text), { kind: 'bad' }));
});

describe('readPresets', () => {
  it('leaves out what is no connection', () => {
    const value = [{ name: 'A', connectionString: 'mongodb://a/' }, 3, null, { name: 'B' }];
    assert.deepEqual(readPresets(value), [{ name: 'A', uri: 'mongodb://a/' }]);
    assert.deepEqual(readPresets('mongodb://a/'), []);
  });
});
