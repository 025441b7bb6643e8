import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Folders of the engine: what it says to do is translated where it is shown. */
const engine = ['core', 'engine', 'mongo', 'storage', 'worker'];

/** Every text the extension can show, sorted: the literals given to `l10n.t`, hints and the timeline's texts. */
export function hostTexts(root) {
  const texts = new Set();
  for (const file of sourcesIn(path.join(root, 'src/host'))) addTranslated(parse(file), texts);
  for (const folder of engine)
    for (const file of sourcesIn(path.join(root, 'src', folder))) addHints(parse(file), texts);
  addTimeline(parse(path.join(root, 'src/protocol/timelineStrings.ts')), texts);
  return [...texts].sort();
}

/** The text of `l10n/bundle.l10n.json`. */
export function bundleOf(texts) {
  return `${JSON.stringify(Object.fromEntries(texts.map((text) => [text, text])), undefined, 2)}\n`;
}

function sourcesIn(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name));
}

function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

function addTranslated(node, texts) {
  if (ts.isCallExpression(node) && /\bl10n\.t$/.test(node.expression.getText())) {
    const [first] = node.arguments;
    if (first && ts.isStringLiteralLike(first)) texts.add(first.text);
  }
  node.forEachChild((child) => addTranslated(child, texts));
}

function addHints(node, texts) {
  if (
    ts.isPropertyAssignment(node) &&
    node.name.getText() === 'hint' &&
    ts.isStringLiteralLike(node.initializer)
  )
    texts.add(node.initializer.text);
  node.forEachChild((child) => addHints(child, texts));
}

function addTimeline(node, texts) {
  if (ts.isPropertyAssignment(node) && ts.isStringLiteralLike(node.initializer))
    texts.add(node.initializer.text);
  node.forEachChild((child) => addTimeline(child, texts));
}
