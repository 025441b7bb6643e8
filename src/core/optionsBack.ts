import { equalBytes, findElement, type RawElement, readElements, writeDocument } from './rawDocument';
import { booleanElement, documentElement, stringElement } from './rawValue';

/** How options go back to what they were. */
export interface OptionsBack {
  /** The names of those that a collMod changes back. */
  readonly names: readonly string[];
  /** The fields of that collMod. */
  readonly fields: Uint8Array;
  /** The names of those that none changes back. */
  readonly impossible: readonly string[];
}

const nothing = writeDocument([]);
/** What stands for an option that was not there. The server writes some of these out by itself. */
const DEFAULTS: Readonly<Record<string, RawElement>> = {
  validator: documentElement('validator', nothing),
  validationLevel: stringElement('validationLevel', 'strict'),
  validationAction: stringElement('validationAction', 'error'),
  expireAfterSeconds: stringElement('expireAfterSeconds', 'off'),
  changeStreamPreAndPostImages: documentElement(
    'changeStreamPreAndPostImages',
    writeDocument([booleanElement('enabled', false)]),
  ),
  recordPreImages: booleanElement('recordPreImages', false),
};

/**
 * From the options `is` back to `was`. Limits of a capped collection stay: what was trimmed by them does not come back.
 */
export function optionsBack(was: Uint8Array, is: Uint8Array): OptionsBack {
  const all = new Set([...readElements(was), ...readElements(is)].map(({ name }) => name));
  const differing = [...all].filter((name) => !isSameOption(was, is, name));
  const names = differing.filter((name) => DEFAULTS[name] !== undefined);
  const fields = names.flatMap((name) => findElement(was, name) ?? DEFAULTS[name] ?? []);
  return { names, fields: writeDocument(fields), impossible: differing.filter((n) => !names.includes(n)) };
}

/** Whether an option is the same in both; an absent one is its default. */
export function isSameOption(a: Uint8Array, b: Uint8Array, name: string): boolean {
  const [one, other] = [a, b].map((options) => findElement(options, name) ?? DEFAULTS[name]);
  if (!one || !other) return one === other;
  return one.type === other.type && equalBytes(one.value, other.value);
}
