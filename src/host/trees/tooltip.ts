import * as vscode from 'vscode';
import { literal } from '../markdown';

/** A bold title and a paragraph for each further line; what is `undefined` is left out, what is text stays text. */
export function tooltipOf(title: string, ...lines: readonly (string | undefined)[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString(`**${literal(title)}**`);
  for (const line of lines) {
    if (line === undefined || line === '') continue;
    text.appendMarkdown(`\n\n${literal(line)}`);
  }
  return text;
}
