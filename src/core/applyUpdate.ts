import { applyDiff } from './applyDiff';
import { applyModifiers } from './applyModifiers';
import { findElement, firstElement, readElements, writeDocument } from './rawDocument';
import { documentOf, numberOf } from './rawValue';

/** The forms of an update in the oplog. */
export type UpdateForm = 'replacement' | 'modifiers' | 'diff';

/**
 * Tells the forms apart as the server does: only a replacement has an `_id`, and then `$v` is a field of the document.
 */
export function updateForm(update: Uint8Array): UpdateForm {
  if (findElement(update, '_id')) return 'replacement';
  const version = findElement(update, '$v');
  if (version && findElement(update, 'diff')) return 'diff';
  return version !== undefined || firstElement(update)?.name.startsWith('$') === true
    ? 'modifiers'
    : 'replacement';
}

/**
 * The document after an update of the oplog (`o`), field order and types as the server keeps them. Throws RangeError
 * on an update that a server would refuse.
 */
export function applyUpdate(document: Uint8Array, update: Uint8Array): Uint8Array {
  switch (updateForm(update)) {
    case 'replacement':
      return withIdOf(document, update);
    case 'modifiers':
      return withIdFirst(applyModifiers(document, update));
    case 'diff': {
      const version = numberOf(findElement(update, '$v'));
      if (version !== 2) throw new RangeError(`Unknown update version ${String(version)} in the oplog`);
      const diff = documentOf(findElement(update, 'diff'));
      if (diff === undefined) throw new RangeError('An oplog diff is not a document');
      return withIdFirst(applyDiff(document, diff));
    }
  }
}

/** A replacement without an `_id` keeps that of the document. */
function withIdOf(document: Uint8Array, replacement: Uint8Array): Uint8Array {
  if (findElement(replacement, '_id')) return withIdFirst(replacement);
  const id = findElement(document, '_id');
  return id ? writeDocument([id, ...readElements(replacement)]) : replacement;
}

/** Every update moves `_id` to the front; only an insert sent through applyOps can have put it elsewhere. */
export function withIdFirst(document: Uint8Array): Uint8Array {
  if (firstElement(document)?.name === '_id') return document;
  const id = findElement(document, '_id');
  if (!id) return document;
  return writeDocument([id, ...readElements(document).filter((element) => element.name !== '_id')]);
}
