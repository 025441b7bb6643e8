import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../support/projectRoot';

type Texts = Readonly<Record<string, string>>;

function read(name: string): Texts {
  return JSON.parse(readFileSync(path.join(projectRoot, name), 'utf8')) as Texts;
}

/** What a translation must repeat: `{0}`, `{name}`, links to commands, icons. */
function fixedParts(text: string): readonly string[] {
  return (text.match(/\{\w+\}|\(command:[^)]*\)|\$\([\w-]+\)/g) ?? []).sort();
}

for (const [english, german] of [
  ['package.nls.json', 'package.nls.de.json'],
  ['l10n/bundle.l10n.json', 'l10n/bundle.l10n.de.json'],
] as const)
  describe(german, () => {
    const source = read(english);
    const translated = read(german);

    it('translates every text, and no other', () => {
      const missing = Object.keys(source).filter((key) => !translated[key]?.trim());
      const stale = Object.keys(translated).filter((key) => source[key] === undefined);
      assert.deepEqual({ missing, stale }, { missing: [], stale: [] });
    });

    it('keeps placeholders, commands and icons', () => {
      for (const [key, text] of Object.entries(source))
        assert.deepEqual(fixedParts(translated[key] ?? ''), fixedParts(text), key);
    });
  });
