/** A run of a sorted list too long to show at once. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly first: T;
  readonly last: T;
}

const pageSize = 200;

/** Splits a long list into pages of like size; a list that fits one page needs none. */
export function pagesOf<T>(list: readonly T[], size = pageSize): readonly Page<T>[] {
  if (list.length <= size) return [];
  const count = Math.ceil(list.length / size);
  const each = Math.ceil(list.length / count);
  const pages: Page<T>[] = [];
  for (let at = 0; at < list.length; at += each) {
    const items = list.slice(at, at + each);
    const first = items[0];
    const last = items.at(-1);
    if (first !== undefined && last !== undefined) pages.push({ items, first, last });
  }
  return pages;
}
