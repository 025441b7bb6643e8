import assert from 'node:assert/strict';
import { namesInView, renamedViewOptions } from '../../../src/core/viewRenames';
import { bson, json } from './builders';

const rename = (name: string): string => (name === 'orders' ? 'old_orders' : name);

describe('renamedViewOptions', () => {
  it('renames what a view looks at', () => {
    const options = bson({ viewOn: 'orders', pipeline: [{ $match: { from: 'orders' } }] });
    assert.deepEqual(
      json(renamedViewOptions(options, rename)),
      json(bson({ viewOn: 'old_orders', pipeline: [{ $match: { from: 'orders' } }] })),
    );
  });

  it('renames what stages read, in pipelines inside of stages too', () => {
    const stages = (name: string): object[] => [
      { $lookup: { from: name, as: 'orders', pipeline: [{ $unionWith: name }] } },
      { $graphLookup: { from: name, as: 'tree' } },
      { $unionWith: { coll: name, pipeline: [{ $lookup: { from: name } }] } },
      { $facet: { a: [{ $unionWith: name }], orders: [{ $match: {} }] } },
    ];
    const options = bson({ viewOn: 'x', pipeline: stages('orders') });
    const expected = bson({ viewOn: 'x', pipeline: stages('old_orders') });
    assert.deepEqual(json(renamedViewOptions(options, rename)), json(expected));
  });

  it('gives the very same bytes where nothing is called anew', () => {
    const options = bson({
      viewOn: 'stock',
      pipeline: [{ $unionWith: 'more' }],
      collation: { locale: 'de' },
    });
    assert.equal(renamedViewOptions(options, rename), options);
  });

  it('leaves alone what is not what it should be', () => {
    const options = bson({ viewOn: 1, pipeline: [3, { $lookup: 'orders', $facet: 7 }, { $unionWith: 5 }] });
    assert.equal(renamedViewOptions(options, rename), options);
  });
});

describe('namesInView', () => {
  it('names each collection once', () => {
    const options = bson({ viewOn: 'a', pipeline: [{ $unionWith: 'b' }, { $lookup: { from: 'a' } }] });
    assert.deepEqual(namesInView(options), ['a', 'b']);
  });
});
