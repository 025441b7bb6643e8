import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import manifest from '../../../package.json';
import german from '../../../package.nls.de.json';
import texts from '../../../package.nls.json';
import { parseDuration } from '../../../src/core/duration';
import { parseSize } from '../../../src/core/size';
import {
  commandIds,
  contextKeys,
  pastScheme,
  settingIds,
  settingsSection,
  viewContainerId,
  viewIds,
} from '../../../src/host/ids';
import { bundleOf, hostTexts } from '../../../tools/lib/l10nTexts.mjs';
import { projectRoot } from '../../support/projectRoot';

const { contributes } = manifest;
const sorted = (values: Iterable<string>) => [...new Set(values)].sort();

describe('package.json', () => {
  it('declares the commands of the code', () => {
    assert.deepEqual(sorted(contributes.commands.map((c) => c.command)), sorted(Object.values(commandIds)));
  });

  it('declares the views of the code, in its container', () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map((c) => c.id),
      [viewContainerId],
    );
    assert.deepEqual(sorted(contributes.views.mongoRewind.map((v) => v.id)), sorted(Object.values(viewIds)));
  });

  it('declares the settings of the code', () => {
    assert.deepEqual(
      sorted(Object.keys(contributes.configuration.properties)),
      sorted(Object.values(settingIds).map((id) => `${settingsSection}.${id}`)),
    );
  });

  it('accepts in its settings what the code can read, and nothing else', () => {
    const { properties } = contributes.configuration;
    const durations = ['', ' 30d ', '0d', '0', '30', '1000000s', '2w', '007h', 'd'];
    const sizes = ['', '20G', '20GB', '20 gb', '1.5tb', '7k', '500', '0', '0.0GB', '1.2345GB', 'GB', '20GiB'];
    const checks = [
      [properties['mongoRewind.retention.keep'], parseDuration, durations],
      [properties['mongoRewind.verifyEvery'], parseDuration, durations],
      [properties['mongoRewind.retention.maxSize'], parseSize, sizes],
    ] as const;
    for (const [{ pattern }, parse, texts] of checks)
      for (const text of texts) {
        const reads = text.trim() === '' || parse(text.trim()) !== undefined;
        assert.equal(new RegExp(pattern).test(text), reads, `${pattern} ${text}`);
      }
  });

  it('has no setting that differs between the folders of one window: the code reads them for the window', () => {
    for (const [name, { scope }] of Object.entries(contributes.configuration.properties))
      assert.ok(['machine', 'window'].includes(scope), name);
  });

  it('names no command in a menu that it does not declare, and each in one menu at least', () => {
    const named = sorted(
      Object.values(contributes.menus)
        .flat()
        .map((m) => m.command),
    );
    const always: readonly string[] = [commandIds.addConnection, commandIds.showLog];
    for (const command of named) assert.ok(Object.values<string>(commandIds).includes(command), command);
    for (const command of Object.values(commandIds))
      assert.ok(named.includes(command) || always.includes(command), command);
  });

  it('asks for context keys that the code sets, and for no other', () => {
    const commands: readonly string[] = Object.values(commandIds);
    const asked: readonly string[] = (
      JSON.stringify(contributes).match(/mongoRewind\.(?:has|can|past|recording)\w*/g) ?? []
    ).filter((key) => !commands.includes(key));
    const known: readonly string[] = Object.values(contextKeys);
    for (const key of asked) assert.ok(known.includes(key), key);
    for (const key of known) assert.ok(asked.includes(key), `${key} is set in vain`);
  });

  it('contributes each colour that a connection can have', () => {
    const source = readFileSync(path.join(projectRoot, 'src/host/connectionColor.ts'), 'utf8');
    const listed = /connectionColors = \[([^\]]+)\]/.exec(source)?.[1]?.match(/\w+/g) ?? [];
    assert.deepEqual(
      sorted(contributes.colors.map((c) => c.id)),
      sorted(listed.map((color) => `mongoRewind.connection.${color}`)),
    );
  });

  it('wakes the extension for its file system and timelines', () => {
    assert.ok(manifest.activationEvents.includes(`onFileSystem:${pastScheme}`));
    assert.ok(manifest.activationEvents.includes('onWebviewPanel:mongoRewind.timeline'));
  });

  it('has a text for each %key%, and no other text', () => {
    const used = sorted((JSON.stringify(manifest).match(/%[a-zA-Z.]+%/g) ?? []).map((k) => k.slice(1, -1)));
    assert.deepEqual(sorted(Object.keys(texts)), used);
  });

  it('links only to commands that exist', () => {
    const linked = [...JSON.stringify(texts).matchAll(/command:(mongoRewind\.\w+)/g)].map((m) => m[1] ?? '');
    for (const command of linked) assert.ok(Object.values<string>(commandIds).includes(command), command);
  });

  it('has every picture it names', () => {
    for (const [file] of JSON.stringify([manifest, texts, german]).matchAll(/media\/[\w./]+\.(?:svg|png)/g))
      assert.ok(existsSync(path.join(projectRoot, file)), file);
  });

  it('has pictures of the walkthrough without words of another language', () => {
    const words = (file: string) =>
      [...readFileSync(path.join(projectRoot, file), 'utf8').matchAll(/>([^<>]*[a-z]{3}[^<>]*)<\/text>/g)]
        .map(([, text = '']) => text)
        .filter((text) => !/localhost|^shop/.test(text));
    const pictures = Object.keys(texts).filter((key) => key.endsWith('.picture')) as (keyof typeof texts)[];
    assert.equal(pictures.length, 4);
    for (const key of pictures)
      for (const word of words(german[key])) assert.ok(!words(texts[key]).includes(word), `${key}: ${word}`);
  });
});

describe('l10n/bundle.l10n.json', () => {
  it('holds the texts of the code; `node tools/l10n.mjs` writes it anew', () => {
    const bundle = readFileSync(path.join(projectRoot, 'l10n', 'bundle.l10n.json'), 'utf8');
    assert.equal(bundle, bundleOf(hostTexts(projectRoot)));
  });
});
