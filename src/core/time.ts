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
  const colon = text.indexOf(':');
  const seconds = unsigned32(text, 0, colon);
  const ordinal = unsigned32(text, colon + 1, text.length);
  return seconds === undefined || ordinal === undefined ? undefined : clusterTime(seconds, ordinal);
}

/** Read by hand: a repository's indexes hold them by the hundred thousand. */
function unsigned32(text: string, start: number, end: number): number | undefined {
  if (end <= start || end - start > 10) return undefined;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value > 0xffffffff ? undefined : value;
}
