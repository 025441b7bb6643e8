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
