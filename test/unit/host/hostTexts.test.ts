import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { verbs } from '../../../src/cli/readArguments';
import { usage } from '../../../src/cli/usage';
import { hostTexts } from '../../../tools/lib/l10nTexts.mjs';
import { projectRoot } from '../../support/projectRoot';

const options = new Set(usage.match(/(?<=--)[a-z][a-z-]+/g));
/** Those of MongoDB's own tools are theirs wherever they are spoken of. */
const toolOptions = /\b(mongod|mongodump) --\w+/g;
const verbToRun = new RegExp(`\\b(run|mongo-rewind) (${verbs.join('|')})\\b|MONGO_REWIND_`, 'i');

function valuesOf(name: string): string[] {
  const texts = JSON.parse(readFileSync(path.join(projectRoot, name), 'utf8')) as Record<string, string>;
  return Object.values(texts);
}

for (const [language, texts] of [
  ['English', [...hostTexts(projectRoot), ...valuesOf('package.nls.json')]],
  ['German', [...valuesOf('l10n/bundle.l10n.de.json'), ...valuesOf('package.nls.de.json')]],
] as const)
  describe(`what VS Code shows in ${language}`, () => {
    it('names no option of the command line', () => {
      const named = texts.filter((text) =>
        (text.replace(toolOptions, '').match(/(?<=--)[a-z][a-z-]+/g) ?? []).some((name) => options.has(name)),
      );
      assert.deepEqual(named, []);
    });

    it('tells nobody to run a command of the command line', () => {
      assert.deepEqual(
        texts.filter((text) => verbToRun.test(text)),
        [],
      );
    });
  });
