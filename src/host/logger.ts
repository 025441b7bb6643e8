/** What the host side logs with; VS Code's log channel is one. A constant phrase first, then facts. */
export interface Logger {
  trace(message: string, ...facts: unknown[]): void;
  debug(message: string, ...facts: unknown[]): void;
  info(message: string, ...facts: unknown[]): void;
  warn(message: string, ...facts: unknown[]): void;
  error(message: string, ...facts: unknown[]): void;
}
