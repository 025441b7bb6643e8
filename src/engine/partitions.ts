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
