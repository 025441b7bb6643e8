import { isTemporary } from './collectionOptions';
import { temporaryOf } from './rewindNames';

const INTERNAL_TEMPORARY = /^[^.]+\.tmp[A-Za-z0-9]{5}\.(convertToCapped|renameCollection|create)\b/;

/** Whether a collection is only filled to be renamed. The server does not mark all of its own as temporary. */
export function isPassing({ ns, options }: { readonly ns: string; readonly options: Uint8Array }): boolean {
  return isTemporary(options) || INTERNAL_TEMPORARY.test(ns) || temporaryOf(ns) !== undefined;
}
