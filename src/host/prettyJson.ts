/**
 * Indents JSON text by its tokens alone: keys keep their order, twins stay twins, numbers keep their digits,
 * which parsing to objects would lose. Values of extended JSON such as `{"$oid": …}` stay on one line.
 * The text must be valid JSON.
 */
export function prettyJson(text: string, indent = ''): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const out: string[] = [];
  let level = indent;
  let inlineDepth = 0;
  for (const [i, token] of tokens.entries()) {
    const opens = token === '{' || token === '[';
    const closes = token === '}' || token === ']';
    if (inlineDepth > 0) {
      inlineDepth += opens ? 1 : closes ? -1 : 0;
      out.push(token === ':' || token === ',' ? `${token} ` : token);
      continue;
    }
    const opened = tokens[i - 1] === '{' || tokens[i - 1] === '[';
    if (closes) {
      level = level.slice(2);
      out.push(opened ? token : `\n${level}${token}`);
      continue;
    }
    if (opened) out.push(`\n${level}`);
    if (token === ',') out.push(`,\n${level}`);
    else out.push(token === ':' ? ': ' : token);
    if (token === '{' && tokens[i + 1]?.startsWith('"$')) inlineDepth = 1;
    else if (opens) level += '  ';
  }
  return out.join('');
}

/** One JSON array of documents that are JSON texts, two spaces deep. */
export function prettyArray(documents: readonly string[]): string {
  if (documents.length === 0) return '[]\n';
  return `[\n${documents.map((d) => `  ${prettyJson(d, '  ')}`).join(',\n')}\n]\n`;
}
