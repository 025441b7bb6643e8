import type { Namespace } from './namespace';
import { formatNamespace } from './namespace';
import { type Said, say } from './say';
import { encodedLength } from './text';

/** One namespace and where a restore puts it. */
export interface NamespaceMove {
  readonly from: string;
  readonly to: Namespace;
}

const MAX_DATABASE = 63;
const MAX_NAMESPACE = 255;
const RESERVED = new Set(['admin', 'config', 'local']);
const NOT_IN_DATABASE = /[/\\. "$\0]/;
const NOT_IN_COLLECTION = /[$\0]/;

/** Why a server would refuse these names, or put two of them in one place; `undefined` where it would not. */
export function problemOfMoves(moves: readonly NamespaceMove[]): Said | undefined {
  const taken = new Map<string, string>();
  const databases = new Map<string, string>();
  for (const { from, to } of moves) {
    const target = formatNamespace(to);
    const problem = target === from ? undefined : problemOfName(from, to);
    if (problem !== undefined) return problem;
    const other = taken.get(target);
    if (other !== undefined) return say`${other} and ${from} would both become ${target}`;
    taken.set(target, from);
    const folded = to.database.toLowerCase();
    const same = databases.get(folded);
    if (same !== undefined && same !== to.database) {
      return say`the databases ${same} and ${to.database} differ only in case, which MongoDB refuses`;
    }
    databases.set(folded, to.database);
  }
  return undefined;
}

function problemOfName(from: string, to: Namespace): Said | undefined {
  const { database, collection } = to;
  const target = formatNamespace(to);
  if (database === '' || NOT_IN_DATABASE.test(database)) {
    return say`"${database}" is no name for a database: it is empty or holds one of / \\ . " $ or a space`;
  }
  if (RESERVED.has(database))
    return say`${database} is a database of MongoDB itself: nothing is restored into it`;
  if (encodedLength(database) > MAX_DATABASE) {
    return say`the database name ${database} is longer than ${MAX_DATABASE} bytes`;
  }
  if (collection === '' || NOT_IN_COLLECTION.test(collection)) {
    return say`"${collection}" is no name for a collection: it is empty or holds a $`;
  }
  const wasSystem = from.slice(from.indexOf('.') + 1).startsWith('system.');
  if (collection.startsWith('system.') && !wasSystem) {
    return say`${target}: names that begin with "system." are for MongoDB itself`;
  }
  if (encodedLength(target) > MAX_NAMESPACE)
    return say`the name ${target} is longer than ${MAX_NAMESPACE} bytes`;
  return undefined;
}
