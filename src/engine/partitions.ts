/** Which of `parts` a document's key belongs to: the same one always, and all of them about equally. */
export function partitionOf(key: string, parts: number): number {
  if (parts <= 1) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  hash ^= hash >>> 15;
  return (hash >>> 0) % parts;
}

/** How many bytes of documents are held at once. */
export const partBudget = 48 << 20;
/** What a document that is held takes beside its bytes. */
export const perDocument = 250;
/** So few are held whatever they take. */
const leastDocuments = 8;

export function isOver(budget: number, bytes: number, documents: number): boolean {
  return documents > leastDocuments && bytes + documents * perDocument > budget;
}

/** What is gathered of each part of all keys; a part for which nothing is, as it takes too much, is divided in two. */
export async function* inParts<T>(
  parts: number,
  gather: (isMine: (key: string) => boolean) => Promise<T | undefined>,
): AsyncGenerator<T, void> {
  const of = Math.max(1, parts);
  const left = Array.from({ length: of }, (_, part) => ({ part, of }));
  for (let next = left.shift(); next; next = left.shift()) {
    const { part, of: all } = next;
    const gathered = await gather((key) => partitionOf(key, all) === part);
    if (gathered !== undefined) yield gathered;
    else left.unshift({ part, of: 2 * all }, { part: part + all, of: 2 * all });
  }
}
