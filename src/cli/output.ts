/** Where a command's words go. */
export interface Output {
  /** The result, for people or as JSON. */
  readonly out: (line: string) => void;
  /** Progress and notes. */
  readonly note: (line: string) => void;
}
