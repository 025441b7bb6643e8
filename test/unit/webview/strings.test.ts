import assert from 'node:assert/strict';
import { timelineStrings } from '../../../src/protocol/timelineStrings';
import { Texts } from '../../../webview/timeline/strings';

describe('Texts', () => {
  it('prefers the host’s text and falls back to English', () => {
    const texts = new Texts({ 'kind.inserts': 'Eingefügt' }, 'de');
    assert.equal(texts.get('kind.inserts'), 'Eingefügt');
    assert.equal(texts.get('kind.updates'), 'Updates');
  });

  it('fills in arguments and leaves unknown ones visible', () => {
    const texts = new Texts({ 'gap.summary': '{reason}! {oops}' }, 'en');
    assert.equal(texts.get('gap.summary', { reason: 'asleep' }), 'asleep! {oops}');
  });

  it('never reads its arguments as a pattern', () => {
    assert.equal(new Texts({}, 'en').get('details.copy', { text: '$& {text}' }), 'Copy $& {text}');
  });

  it('counts in the language’s plural', () => {
    const texts = new Texts({}, 'en');
    assert.equal(texts.counted('documents', 1), '1 document');
    assert.equal(texts.counted('documents', 12_345), '12,345 documents');
  });
});

describe('timelineStrings', () => {
  it('has both plural forms of each counted text', () => {
    const keys = Object.keys(timelineStrings);
    for (const key of keys) {
      if (key.endsWith('.one')) assert.ok(keys.includes(key.replace(/one$/, 'other')), key);
    }
  });
});
