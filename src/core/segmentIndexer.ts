import { CoreError } from './coreError';
import { type OplogEntry, readOplogEntry } from './oplogEntry';
import { firstElement, splitDocuments } from './rawDocument';
import { stringOf } from './rawValue';
import type { CatalogueChange, SegmentIndex } from './segment';
import { type OperationCounts, packCounts } from './segmentCounts';
import type { ClusterTime } from './time';
import type { Operation, TransactionAssembler } from './transactions';
import { RunFinder } from './writeRuns';

/** What an index knows of a segment's entries. */
export type IndexedEntries = Pick<
  SegmentIndex,
  'entries' | 'minWallMs' | 'maxWallMs' | 'openSince' | 'counts' | 'collections' | 'changes' | 'runs'
> & { readonly through: ClusterTime | undefined };

type Counts = { -readonly [Key in keyof OperationCounts]: OperationCounts[Key] };

/** Counts operations and keeps catalogue changes while entries go by. One assembler serves a whole lineage. */
export class SegmentIndexer {
  readonly #assembler: TransactionAssembler;
  readonly #seconds = new Map<number, Map<string, Counts>>();
  readonly #collections = new Map<string, number>();
  readonly #changes: CatalogueChange[] = [];
  readonly #runs = new RunFinder();
  #entries = 0;
  #through: ClusterTime | undefined;
  #minWallMs: number | undefined;
  #maxWallMs: number | undefined;

  constructor(assembler: TransactionAssembler) {
    this.#assembler = assembler;
  }

  /** Takes concatenated entries in order. */
  add(bytes: Uint8Array): void {
    for (const document of splitDocuments(bytes)) {
      const entry = readOplogEntry(document);
      this.#entries += 1;
      this.#through = entry.ts;
      if (entry.wallMs !== undefined) {
        this.#minWallMs = Math.min(this.#minWallMs ?? entry.wallMs, entry.wallMs);
        this.#maxWallMs = Math.max(this.#maxWallMs ?? entry.wallMs, entry.wallMs);
      }
      this.#runs.reach(entry.ts, entry.wallMs);
      for (const operation of this.#visible(entry)) this.#count(operation);
    }
  }

  /** What cannot be understood is recorded all the same: it is the replay that refuses to pass it. */
  #visible(entry: OplogEntry): readonly Operation[] {
    try {
      return this.#assembler.push(entry);
    } catch (error) {
      if (error instanceof CoreError) return [];
      throw error;
    }
  }

  content(): IndexedEntries {
    return {
      entries: this.#entries,
      through: this.#through,
      minWallMs: this.#minWallMs,
      maxWallMs: this.#maxWallMs,
      openSince: this.#assembler.openSince(),
      counts: packCounts(this.#seconds),
      collections: Object.fromEntries(this.#collections),
      changes: this.#changes,
      runs: this.#runs.runs(),
    };
  }

  #count(operation: Operation): void {
    const { op, ts, ns, ui, o, o2, wallMs } = operation;
    if (op !== 'i' && op !== 'u' && op !== 'd' && op !== 'c') return;
    const second = Math.floor((wallMs ?? Number(ts >> 32n) * 1000) / 1000);
    let namespaces = this.#seconds.get(second);
    if (!namespaces) this.#seconds.set(second, (namespaces = new Map<string, Counts>()));
    const name = op === 'c' ? commandNamespace(ns, o) : ns;
    let counts = namespaces.get(name);
    if (!counts) namespaces.set(name, (counts = { i: 0, u: 0, d: 0, c: 0 }));
    counts[op] += 1;
    if (op !== 'c' && ui !== undefined) this.#collections.set(ui, (this.#collections.get(ui) ?? 0) + 1);
    if (op !== 'c') this.#runs.add(operation);
    if (op === 'c' || ns.endsWith('.system.views') || ns === 'admin.system.version') {
      const isRename = op === 'c' && firstElement(o)?.name === 'renameCollection';
      const filled = isRename && ui !== undefined ? this.#collections.get(ui) : undefined;
      // Copies: the views would keep whole batches alive.
      this.#changes.push({ ts, op, ns, ui, o: o.slice(), o2: o2?.slice(), wallMs, filled });
    }
  }
}

/** The collection a command entry is about; only the database for dropDatabase. */
export function commandNamespace(ns: string, o: Uint8Array): string {
  const database = ns.slice(0, ns.indexOf('.'));
  const command = firstElement(o);
  const target = stringOf(command);
  if (target === undefined) return database;
  return command?.name === 'renameCollection' ? target : `${database}.${target}`;
}
