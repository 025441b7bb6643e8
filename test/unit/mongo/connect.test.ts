import assert from 'node:assert/strict';
import { clientOptionsFor } from '../../../src/mongo/connect';

describe('clientOptionsFor', () => {
  it('leaves to a connection string what it says of its patience', () => {
    const options = clientOptionsFor(
      'mongodb://localhost/?serverselectiontimeoutms=1000&connectTimeoutMS=900',
    );
    assert.equal('serverSelectionTimeoutMS' in options, false);
    assert.equal('connectTimeoutMS' in options, false);
    assert.equal(options.appName, 'mongo-rewind');
  });

  it('waits five seconds where nothing is said, and never writes twice', () => {
    const { serverSelectionTimeoutMS, connectTimeoutMS, retryWrites } = clientOptionsFor(
      'mongodb://localhost/?retryWrites=true',
    );
    assert.deepEqual([serverSelectionTimeoutMS, connectTimeoutMS, retryWrites], [5_000, 5_000, false]);
  });
});
