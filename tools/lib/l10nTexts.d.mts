export function hostTexts(root: string): readonly string[];
export function bundleOf(texts: readonly string[]): string;
