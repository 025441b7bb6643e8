/*
 * Names of collections that a restore in place makes beside the original, and those in passing of an undo. They are told
 * by their form: the log holds nothing else about them.
 */

const TEMPORARY = /^(.+)__rewind_\d{8}_\d{6}(_\d+)?$/s;
const SAFETY = /^(.+)__before_\d{8}_\d{6}(_\d+)?$/s;
const EXCHANGE = /^(.+)__exchange_\d{8}_\d{6}(_\d+)?$/s;

/** Where a collection is restored to before it gets its name. */
export function temporaryName(collection: string, stamp: string): string {
  return `${collection}__rewind_${stamp}`;
}

/** What a collection is called once another has its name. */
export function safetyName(collection: string, stamp: string): string {
  return `${collection}__before_${stamp}`;
}

/** The name that the collection is restored for; `undefined` for any other. Works on namespaces too. */
export function temporaryOf(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1];
}

/** The name that a safety copy had. */
export function safetyCopyOf(name: string): string | undefined {
  return SAFETY.exec(name)?.[1];
}

/** What a collection is called while collections that exchanged their names get them back. */
export function exchangeName(collection: string, stamp: string): string {
  return `${collection}__exchange_${stamp}`;
}

/** The name that a collection gave up to get its own back. Works on namespaces too. */
export function exchangeOf(name: string): string | undefined {
  return EXCHANGE.exec(name)?.[1];
}
