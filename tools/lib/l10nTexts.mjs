import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Folders of what runs in VS Code; the command line is English. */
const folders = ['core', 'engine', 'mongo', 'storage', 'worker', 'host'];

/** Every text the extension can show, sorted: what `l10n.t` and `say` are given, and the timeline's texts. */
export function hostTexts(root) {
  const texts = new Set();
  for (const folder of folders)
    for (const file of sourcesIn(path.join(root, 'src', folder))) {
      addTranslated(parse(file), texts);
      addSaid(parse(file), texts);
    }
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

/** Templates as translators see them: `{0}`, `{1}`… for the values. Those without a word need no translation. */
function addSaid(node, texts) {
  if (ts.isTaggedTemplateExpression(node) && node.tag.getText() === 'say') {
    if (!ts.findAncestor(node, ts.isFunctionLike))
      throw new Error(
        `${node.getSourceFile().fileName}: said before the language is known: ${node.getText()}`,
      );
    const text = templateOf(node.template);
    if (/\p{L}/u.test(text)) texts.add(text);
  }
  node.forEachChild((child) => addSaid(child, texts));
}

function templateOf(template) {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.text;
  const { head, templateSpans } = template;
  return templateSpans.reduce((text, { literal }, index) => `${text}{${index}}${literal.text}`, head.text);
}

function addTimeline(node, texts) {
  if (ts.isPropertyAssignment(node) && ts.isStringLiteralLike(node.initializer))
    texts.add(node.initializer.text);
  node.forEachChild((child) => addTimeline(child, texts));
}
