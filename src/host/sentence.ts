import { formatClusterMoment } from './format';

/** The engine speaks in fragments: here one stands alone, its times as a person reads them. */
export function sentence(text: string): string {
  const line = text.trim().replace(/\b\d{10}:\d+\b/g, formatClusterMoment);
  return `${isWord(line) ? line.charAt(0).toUpperCase() : line.charAt(0)}${line.slice(1)}${/[.!?:…]$/.test(line) ? '' : '.'}`;
}

/** Whether it begins with a word, not with the name of something: case matters in those. */
function isWord(line: string): boolean {
  return /^\p{L}+[\s,;:]/u.test(line);
}
