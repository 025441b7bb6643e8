import { formatNamespace, parseNamespace } from '../core/namespace';
import type { Exchange } from '../engine/exchange';
import type { NoteExchange } from '../engine/restoreInPlace';
import { type InPlaceNote, noteInPlace } from '../storage/inPlaceNotes';

/** Notes what becomes of an exchange; `confirm` throws where somebody else may have taken the repository over. */
export function noting(
  folder: string,
  facts: Pick<InPlaceNote, 'id' | 'at' | 'createdMs' | 'undoes'>,
  confirm: () => Promise<void>,
): NoteExchange {
  return async (state, what) => {
    await confirm();
    await noteInPlace(folder, { ...facts, ...storedExchange(what), state });
  };
}

function storedExchange({
  swaps,
  views,
  mark,
  markUuid,
}: Exchange): Pick<InPlaceNote, 'swaps' | 'views' | 'mark' | 'markUuid'> {
  const base64 = (bytes: Uint8Array | undefined): string | undefined =>
    bytes && Buffer.from(bytes).toString('base64');
  return {
    swaps,
    views: views.map(({ ns, was, is }) => ({ ns: formatNamespace(ns), was: base64(was), is: base64(is) })),
    mark: mark && formatNamespace(mark),
    markUuid,
  };
}

/** What a note tells of. */
export function notedExchange({ swaps, views = [], mark, markUuid }: InPlaceNote): Exchange {
  const bytes = (base64: string | undefined): Uint8Array | undefined =>
    base64 === undefined ? undefined : Uint8Array.from(Buffer.from(base64, 'base64'));
  return {
    swaps: swaps.map(({ ns, safetyCopy, temporary, timeseries = false, original, filled }) => ({
      ...{ ns, safetyCopy, temporary, timeseries, original, filled },
    })),
    views: views.flatMap(({ ns, was, is }) => {
      const namespace = parseNamespace(ns);
      return namespace ? [{ ns: namespace, was: bytes(was), is: bytes(is) }] : [];
    }),
    mark: mark === undefined ? undefined : parseNamespace(mark),
    markUuid,
  };
}
