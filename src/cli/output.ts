/** Where a command's words go. */
export interface Output {
  /** The result, for people or as JSON. */
  readonly out: (line: string) => void;
  /** Progress and notes. */
  readonly note: (line: string) => void;
}

/** Beside text; in JSON they are part of it, where there are any. */
export function noteWarnings(output: Output, warnings: readonly string[]): void {
  for (const warning of warnings) output.note(`warning: ${warning}`);
}

export function warningsIn(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  return warnings.length > 0 ? { warnings } : {};
}
