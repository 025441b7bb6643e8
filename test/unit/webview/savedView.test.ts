import assert from 'node:assert/strict';
import { readSavedView, type SavedView } from '../../../webview/timeline/savedView';

const view: SavedView = {
  connectionId: 'c1',
  domain: { fromMs: 1, toMs: 2 },
  follow: false,
  scope: 'shop',
  shown: ['inserts', 'deletes'],
  at: '5:1',
  event: '5.2-delete',
  span: { from: { at: '5:1', ms: 5000 }, to: { at: '2026-01-01T00:00:00.000Z', ms: 9000 } },
};

describe('readSavedView', () => {
  it('reads what was saved', () => {
    assert.deepEqual(readSavedView(JSON.parse(JSON.stringify(view))), view);
  });

  it('refuses what is not a saved view', () => {
    for (const value of [undefined, null, 'x', {}, { connectionId: 'c1' }, { ...view, shown: 'all' }]) {
      assert.equal(readSavedView(value), undefined);
    }
  });

  it('drops a domain and kinds that make no sense', () => {
    const read = readSavedView({ ...view, domain: { fromMs: 2, toMs: 1 }, shown: ['inserts', 'selects'] });
    assert.equal(read?.domain, undefined);
    assert.deepEqual(read?.shown, ['inserts']);
  });

  it('drops a span that is none', () => {
    const { from, to } = view.span ?? assert.fail();
    for (const span of [{ from: to, to: from }, { from }, { from, to: { at: 7, ms: 9000 } }, 'all'])
      assert.equal(readSavedView({ ...view, span })?.span, undefined);
  });
});
