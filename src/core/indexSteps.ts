import type { IndexListing } from './indexSpec';
import { hiddenLater, indexName } from './indexSpec';
import { findElement, readElements, writeDocument } from './rawDocument';
import type { RawElement } from './rawDocument';
import { booleanElement, documentElement, isTrue, numberOf, stringElement } from './rawValue';

/** How to make indexes that end with these definitions: what to build, then what to change by collMod, in order. */
export interface IndexSteps {
  readonly built: readonly Uint8Array[];
  /** Values of the field `index` of a collMod each. */
  readonly changes: readonly Uint8Array[];
}

/**
 * `options` are those of the collection. Some definitions cannot be built, since a collMod made them what they are: two unique indexes on one key, and the
 * place of `hidden` on 4.4.
 */
export function indexSteps(
  specs: readonly Uint8Array[],
  options: Uint8Array,
  listing: IndexListing,
): IndexSteps {
  const signatures = new Set<string>();
  const changes: Uint8Array[] = [];
  const built = specs.map((spec) => {
    const shown = listing === 'stored' ? hiddenLater(spec) : undefined;
    if (shown) changes.push(change(spec, 'hidden'));
    const signature = signatureOf(spec);
    const isTwin = signatures.has(signature) && isTrue(findElement(spec, 'unique'));
    signatures.add(signature);
    const made = withCollation(shown ?? spec, options);
    if (!isTwin) return made;
    changes.push(change(spec, 'prepareUnique'), change(spec, 'unique'));
    return without(made, 'unique');
  });
  return { built, changes };
}

/**
 * An index lists no collation when it has the simple one; asked for nothing, it would get that of its collection.
 * Indexes of version 1 know no collation: they get none, and refuse to be asked for one.
 */
function withCollation(spec: Uint8Array, options: Uint8Array): Uint8Array {
  if (!findElement(options, 'collation') || findElement(spec, 'collation')) return spec;
  if ((numberOf(findElement(spec, 'v')) ?? 2) < 2) return spec;
  const simple = documentElement('collation', writeDocument([stringElement('locale', 'simple')]));
  return writeDocument([...readElements(spec), simple]);
}

/** What no two indexes may have in common when they are built. */
const SIGNATURE = ['key', 'collation', 'partialFilterExpression', 'wildcardProjection'];

function signatureOf(spec: Uint8Array): string {
  const bytes = SIGNATURE.map((name) => findElement(spec, name)?.value.join() ?? '-');
  return [...bytes, isTrue(findElement(spec, 'sparse')), isTrue(findElement(spec, 'unique'))].join(';');
}

function change(spec: Uint8Array, field: string): Uint8Array {
  return writeDocument([stringElement('name', indexName(spec) ?? ''), booleanElement(field, true)]);
}

function without(spec: Uint8Array, name: string): Uint8Array {
  return writeDocument(readElements(spec).filter((element: RawElement) => element.name !== name));
}
