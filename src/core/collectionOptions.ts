import type { CappedLimits } from './capped';
import { findElement, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import {
  booleanElement,
  documentElement,
  documentOf,
  int32Element,
  int64Element,
  isTrue,
  numberOf,
  renamed,
  stringElement,
  stringOf,
} from './rawValue';

/*
 * Collection options as listCollections shows them. The server writes them in one order, in `create` entries too.
 */

const ORDER = [
  'capped',
  'size',
  'max',
  'autoIndexId',
  'temp',
  'changeStreamPreAndPostImages',
  'recordPreImages',
  'storageEngine',
  'indexOptionDefaults',
  'validator',
  'validationLevel',
  'validationAction',
  'viewOn',
  'pipeline',
  'collation',
  'clusteredIndex',
  'expireAfterSeconds',
  'timeseries',
  'encryptedFields',
];
const RANK = new Map(ORDER.map((name, rank) => [name, rank]));

/** The options with one set, in the server's place for it, or taken out. */
export function withOption(options: Uint8Array, name: string, value: RawElement | undefined): Uint8Array {
  const elements = readElements(options);
  const present = elements.findIndex((element) => element.name === name);
  if (value === undefined) {
    return present < 0 ? options : writeDocument(elements.filter((element) => element.name !== name));
  }
  const element = renamed(value, name);
  if (present >= 0) {
    elements[present] = element;
  } else {
    const rank = RANK.get(name) ?? ORDER.length;
    const next = elements.findIndex((other) => (RANK.get(other.name) ?? ORDER.length) > rank);
    elements.splice(next < 0 ? elements.length : next, 0, element);
  }
  return writeDocument(elements);
}

/** The options after one field of a collMod; `undefined` for a field that is not known. */
export function modifiedOptions(options: Uint8Array, change: RawElement): Uint8Array | undefined {
  switch (change.name) {
    case 'validator':
      return withValidation(withOption(options, 'validator', isEmptyDocument(change) ? undefined : change));
    case 'validationLevel':
    case 'validationAction':
      return withValidation(withOption(options, change.name, change));
    case 'cappedSize':
      return withOption(options, 'size', roundedSize(change));
    case 'cappedMax':
      return withOption(options, 'max', documentLimit(change));
    case 'expireAfterSeconds':
      return withOption(options, change.name, numberOf(change) === undefined ? undefined : change);
    case 'recordPreImages':
      return withOption(options, change.name, isTrue(change) ? change : undefined);
    case 'changeStreamPreAndPostImages':
      return withOption(options, change.name, isEnabled(change) ? change : undefined);
    case 'timeseries':
      return withTimeseries(options, change);
    case 'viewOn':
    case 'pipeline':
      return withOption(options, change.name, change);
    default:
      return NOT_LISTED.has(change.name) ? options : undefined;
  }
}

const NOT_LISTED = new Set([
  'usePowerOf2Sizes',
  'noPadding',
  'timeseriesBucketsMayHaveMixedSchemaData',
  'isTimeseriesNamespace',
]);

/** Touching one of the three makes the server write out the defaults of the other two. */
function withValidation(options: Uint8Array): Uint8Array {
  let result = options;
  for (const [name, value] of [
    ['validationLevel', 'strict'],
    ['validationAction', 'error'],
  ] as const) {
    if (!findElement(result, name)) result = withOption(result, name, stringElement(name, value));
  }
  return result;
}

const BUCKET_SPANS: Readonly<Record<string, number>> = { seconds: 3600, minutes: 86_400, hours: 2_592_000 };

function withTimeseries(options: Uint8Array, change: RawElement): Uint8Array {
  const before = documentOf(findElement(options, 'timeseries'));
  const changes = documentOf(change);
  if (before === undefined || changes === undefined) return options;
  let result = before;
  const put = (name: string, value: RawElement | undefined): void => {
    result = replacedOrAdded(result, name, value);
  };
  for (const field of readElements(changes)) put(field.name, field);
  const granularity = stringOf(findElement(changes, 'granularity'));
  const span = granularity === undefined ? undefined : BUCKET_SPANS[granularity];
  if (span !== undefined) {
    put('bucketMaxSpanSeconds', int32Element('', span));
    put('bucketRoundingSeconds', undefined);
  } else if (findElement(changes, 'bucketMaxSpanSeconds')) {
    put('granularity', undefined);
  }
  return withOption(options, 'timeseries', documentElement('timeseries', result));
}

function replacedOrAdded(document: Uint8Array, name: string, value: RawElement | undefined): Uint8Array {
  const elements = readElements(document);
  const present = elements.findIndex((element) => element.name === name);
  if (value === undefined) return writeDocument(elements.filter((element) => element.name !== name));
  elements[present < 0 ? elements.length : present] = renamed(value, name);
  return writeDocument(elements);
}

/** The server writes a number that fits in 32 bits as one of those. */
function shortest(element: RawElement): RawElement {
  const number = numberOf(element);
  return number !== undefined && Number.isInteger(number) && Math.abs(number) <= 0x7fff_ffff
    ? int32Element(element.name, number)
    : element;
}

/** A collMod rounds a size up to whole 256 bytes. */
function roundedSize(element: RawElement): RawElement {
  const number = numberOf(element);
  if (number === undefined) return element;
  const rounded = Math.ceil(Math.trunc(number) / 256) * 256;
  return rounded <= NO_LIMIT
    ? int32Element(element.name, rounded)
    : int64Element(element.name, BigInt(rounded));
}

const NO_LIMIT = 0x7fff_ffff;

function documentLimit(element: RawElement): RawElement {
  const number = Math.trunc(numberOf(element) ?? 0);
  return int32Element(element.name, number > 0 ? Math.min(number, NO_LIMIT) : NO_LIMIT);
}

function isEmptyDocument(element: RawElement): boolean {
  return documentOf(element)?.length === 5;
}

function isEnabled(element: RawElement): boolean {
  const document = documentOf(element);
  return document !== undefined && isTrue(findElement(document, 'enabled'));
}

/** The options without `temp`: a rename makes a collection permanent. */
export function permanent(options: Uint8Array): Uint8Array {
  return withOption(options, 'temp', undefined);
}

/** Whether the server removes the collection by itself when it restarts. */
export function isTemporary(options: Uint8Array): boolean {
  return isTrue(findElement(options, 'temp'));
}

/** The limits of a capped collection; `undefined` for any other. */
export function cappedLimits(options: Uint8Array): CappedLimits | undefined {
  if (!isTrue(findElement(options, 'capped'))) return undefined;
  return {
    bytes: numberOf(findElement(options, 'size')) ?? 0,
    documents: numberOf(findElement(options, 'max')),
  };
}

/** What convertToCapped leaves of the options. */
export function cappedOptions(options: Uint8Array, size: RawElement | undefined): Uint8Array {
  const capped = withOption(options, 'capped', booleanElement('capped', true));
  return size ? withOption(capped, 'size', shortest(size)) : capped;
}
