/** An `_id` as a person writes it, as extended JSON: bare hex digits are an ObjectId, any other bare word is text. */
export function readTypedId(typed: string): string {
  const text = typed.trim();
  const hex = /^(?:ObjectId\(\s*["']?)?([0-9a-f]{24})(?:["']?\s*\))?$/i.exec(text)?.[1];
  if (hex !== undefined) return `{"$oid":"${hex.toLowerCase()}"}`;
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

/** The `_id` of the document around a place in a page of documents, as extended JSON; `undefined` outside of any. */
export function documentIdAt(page: string, offset: number): string | undefined {
  const start = page.lastIndexOf('\n  {', offset);
  const end = page.indexOf('\n  }', start);
  if (start < 0 || end < 0 || end + 4 < offset) return undefined;
  const id = /\n {4}"_id": ((?:.|\n {5,}|\n {4}[}\]])*?),?(?=\n {4}"|$)/.exec(page.slice(start, end))?.[1];
  return id?.replaceAll(/\n\s*/g, '');
}
