import assert from 'node:assert/strict';
import { memberUri } from '../../../src/mongo/readMember';

describe('memberUri', () => {
  it('names one member with the credentials and options of the set', () => {
    const uri = 'mongodb://ann:p%40ss@a:1,b:2,c:3/shop?replicaSet=rs0&authSource=admin&tls=true';
    assert.equal(
      memberUri(uri, 'b:2', 'admin'),
      'mongodb://ann:p%40ss@b:2/shop?replicaSet=rs0&authSource=admin&tls=true&directConnection=true',
    );
  });

  it('leaves out what only makes sense for a whole set', () => {
    const uri = 'mongodb://a,b/?readPreference=secondary&maxStalenessSeconds=90&loadBalanced=false&w=1';
    assert.equal(memberUri(uri, 'b:27017', undefined), 'mongodb://b:27017/?w=1&directConnection=true');
  });

  it('keeps what a seed list by DNS implies', () => {
    assert.equal(
      memberUri('mongodb+srv://ann:x@cluster.example.com/?retryWrites=true', 'n1.example.com:27017', 'admin'),
      'mongodb://ann:x@n1.example.com:27017/?retryWrites=true&directConnection=true&tls=true&authSource=admin',
    );
  });
});
