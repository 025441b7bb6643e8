/** A MongoDB cluster time: seconds in the high 32 bits, ordinal in the low ones. Compares with `<`. */
export type ClusterTime = bigint & { readonly __clusterTime: unique symbol };

/** From the two unsigned 32-bit halves of a BSON Timestamp. */
export function clusterTime(seconds: number, ordinal: number): ClusterTime {
  return ((BigInt(seconds) << 32n) | BigInt(ordinal)) as ClusterTime;
}

/** From the 64-bit value of a BSON Timestamp. */
export function clusterTimeFrom(value: bigint): ClusterTime {
  return BigInt.asUintN(64, value) as ClusterTime;
}

export function secondsOf(time: ClusterTime): number {
  return Number(time >> 32n);
}

export function ordinalOf(time: ClusterTime): number {
  return Number(time & 0xffffffffn);
}

/** The greatest time before `time`; it need not be the time of an entry. */
export function justBefore(time: ClusterTime): ClusterTime {
  return (time - 1n) as ClusterTime;
}

/** `"SECONDS:ORDINAL"`, the form of every cluster time in JSON. */
export function formatClusterTime(time: ClusterTime): string {
  return `${secondsOf(time)}:${ordinalOf(time)}`;
}

/** Reads `"SECONDS:ORDINAL"`; `undefined` when malformed or out of the unsigned 32-bit range. */
export function parseClusterTime(text: string): ClusterTime | undefined {
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(text);
  if (!match) return undefined;
  const seconds = Number(match[1]);
  const ordinal = Number(match[2]);
  if (seconds > 0xffffffff || ordinal > 0xffffffff) return undefined;
  return clusterTime(seconds, ordinal);
}
