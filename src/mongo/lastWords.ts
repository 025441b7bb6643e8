const keptLines = 5;
const shownCharacters = 300;

/** What a server says before it ends: the errors in its log where it logs any, or else its last lines. */
export class LastWords {
  readonly #lines: string[] = [];
  readonly #errors = new Set<string>();

  add(line: string): void {
    const error = errorOf(line);
    if (error !== undefined) this.#errors.add(error);
    this.#lines.push(line);
    this.#lines.splice(0, this.#lines.length - keptLines);
  }

  get text(): string {
    if (this.#errors.size > 0) return [...this.#errors].join('; ').slice(0, shownCharacters);
    return this.#lines.join(' ').slice(-shownCharacters);
  }
}

interface LogLine {
  readonly s?: unknown;
  readonly msg?: unknown;
  readonly attr?: { readonly error?: string | number | { readonly errmsg?: string } | null };
}

/** What a line of mongod's log says, where that is an error or a fatal one. */
function errorOf(line: string): string | undefined {
  if (!/^\{.*"s":"[EF]"/.test(line)) return undefined;
  const { msg, attr } = read(line);
  const cause = attr?.error;
  const why = typeof cause === 'object' ? cause?.errmsg : cause;
  return [msg, why].filter((part) => typeof part === 'string').join(': ') || undefined;
}

function read(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return {}; // cut short: it is shown as it is where no other says more
  }
}
