import { exchangeOf } from './rewindNames';

/** The name of the renames by which collections that exchanged their names get them back. */
export const EXCHANGE = 'exchange of names';

/**
 * Tells the renames of one exchange, given in order: the first gives a passing name, each other one takes what was given
 * up last.
 */
export class NameExchange {
  #free: string | undefined;

  /** Whether a rename begins an exchange or goes on with one; `undefined` for any other. */
  step(from: string, to: string): 'begins' | 'goesOn' | undefined {
    const begins = exchangeOf(to) !== undefined;
    if (!begins && (this.#free === undefined || to !== this.#free)) return undefined;
    this.#free = exchangeOf(from) === undefined ? from : undefined;
    return begins ? 'begins' : 'goesOn';
  }
}
