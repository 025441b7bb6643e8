declare module 'mongodb/lib/cmap/wire_protocol/responses.js' {
  import type { ClusterTime } from 'mongodb';

  export class MongoDBResponse {
    get $clusterTime(): ClusterTime | null;
  }
}

declare module 'mongodb/lib/cmap/commands.js' {
  import type { Document } from 'mongodb';

  export class DocumentSequence {
    constructor(field: string);
    push(document: Document | undefined, bytes: Uint8Array): number;
  }

  export class OpMsgRequest {
    serializeBson(document: Document): Uint8Array;
  }
}

declare module 'mongodb/lib/utils.js' {
  export class BufferPool {
    readonly buffers: { clear(): void; shift(): Uint8Array | null };
    totalByteLength: number;
    get length(): number;
    getInt32(): number | null;
    append(piece: Uint8Array): void;
    read(size: number): Uint8Array;
  }
}
