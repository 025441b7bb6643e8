import { type Hash, createHash } from 'node:crypto';
import type { IndexedFrame, SegmentIndex } from '../core/segment';
import { SegmentIndexer } from '../core/segmentIndexer';
import type { ClusterTime } from '../core/time';
import type { TransactionAssembler } from '../core/transactions';
import type { RawBatch } from '../engine/ports';

/** Collects what a segment's index says while its frames go by, for writing and for reading alike. */
export class SegmentBuilder {
  readonly #lineage: string;
  readonly #after: ClusterTime;
  readonly #previousChain: string;
  readonly #indexer: SegmentIndexer;
  readonly #chain: Hash;
  readonly #frames: IndexedFrame[] = [];
  #bytes = 0;
  #storedBytes = 0;

  constructor(lineage: string, after: ClusterTime, previousChain: string, assembler: TransactionAssembler) {
    this.#lineage = lineage;
    this.#after = after;
    this.#previousChain = previousChain;
    this.#indexer = new SegmentIndexer(assembler);
    this.#chain = createHash('sha256').update(previousChain);
  }

  get after(): ClusterTime {
    return this.#after;
  }

  get frames(): readonly IndexedFrame[] {
    return this.#frames;
  }

  /** Raw bytes so far. */
  get bytes(): number {
    return this.#bytes;
  }

  add(frame: IndexedFrame, batch: RawBatch, frameLength: number): void {
    this.#indexer.add(batch.bytes);
    this.#chain.update(batch.bytes);
    this.#frames.push(frame);
    this.#bytes += batch.bytes.length;
    this.#storedBytes += frameLength;
  }

  /** `sha256` is that of the segment's file. */
  index(sha256: string): SegmentIndex {
    const { through: _through, changes, ...content } = this.#indexer.content();
    return {
      lineage: this.#lineage,
      after: this.#after,
      through: this.#frames.at(-1)?.through ?? this.#after,
      bytes: this.#bytes,
      storedBytes: this.#storedBytes,
      sha256,
      chain: this.#chain.copy().digest('hex'),
      previousChain: this.#previousChain,
      frames: [...this.#frames],
      ...content,
      changes: [...changes],
    };
  }
}
