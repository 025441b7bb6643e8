import assert from 'node:assert/strict';
import { LastWords } from '../../../src/mongo/lastWords';

const textOf = (...lines: readonly string[]): string => {
  const words = new LastWords();
  for (const line of lines) words.add(line);
  return words.text;
};
const logged = (severity: string, msg: string, attr: object = {}): string =>
  `{"t":{"$date":"2026-01-01T00:00:00.000+00:00"},"s":"${severity}",  "c":"CONTROL",  "id":20557,   "ctx":"initandlisten","msg":"${msg}","attr":${JSON.stringify(attr)}}`;

describe('LastWords', () => {
  it('are the errors of a log, with their causes, however much is logged after them', () => {
    const after = Array.from({ length: 20 }, (_, n) => logged('I', `Shutting down ${n}`));
    const error = 'NonExistentPath: Data directory /nowhere not found.';
    const status = { code: 9001, codeName: 'SocketException', errmsg: 'Address already in use' };
    assert.equal(
      textOf(
        logged('I', 'Starting'),
        logged('E', 'DBException in initAndListen, terminating', { error }),
        logged('F', 'Fatal assertion'),
        ...after,
      ),
      `DBException in initAndListen, terminating: ${error}; Fatal assertion`,
    );
    assert.equal(
      textOf(logged('E', 'Error setting up listener', { error: status }), ...after),
      'Error setting up listener: Address already in use',
    );
  });

  it('say the same once', () => {
    assert.equal(textOf(logged('E', 'again'), logged('E', 'again')), 'again');
  });

  it('are the last lines where none is an error', () => {
    assert.equal(
      textOf(
        '1',
        '2',
        '3',
        "Error parsing command line: unrecognised option '--no'",
        "try 'mongod --help'",
        '6',
      ),
      "2 3 Error parsing command line: unrecognised option '--no' try 'mongod --help' 6",
    );
    const cut = logged('E', 'never read to its end').slice(0, -5);
    assert.equal(textOf(cut), cut);
    assert.equal(textOf(), '');
  });

  it('fit into a message', () => {
    assert.equal(textOf('x'.repeat(1000)).length, 300);
    assert.equal(textOf(logged('F', 'x'.repeat(1000))).length, 300);
  });
});
