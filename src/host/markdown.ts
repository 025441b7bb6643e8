/** Markdown that shows a text as it is, and lets it wrap between words: `appendText` makes every space a hard one. */
export function literal(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_{}[\]()#+\-!~>|]/g, '\\$&')
    .replaceAll(/^(\d+)\./gm, '$1\\.')
    .replaceAll('\n', '\n\n');
}
