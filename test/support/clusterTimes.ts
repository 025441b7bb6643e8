import type { Document, Timestamp } from 'mongodb';

/** The cluster time of a command's reply as `SECONDS:ORDINAL`: of its last write, for a write. */
export function operationTime(reply: Document): string {
  const time = reply['operationTime'] as Timestamp;
  return `${time.t}:${time.i}`;
}

/** Whether one `SECONDS:ORDINAL` is not before another. */
export function reaches(time: string, other: string): boolean {
  const [seconds = 0, ordinal = 0] = time.split(':').map(Number);
  const [otherSeconds = 0, otherOrdinal = 0] = other.split(':').map(Number);
  return seconds === otherSeconds ? ordinal >= otherOrdinal : seconds > otherSeconds;
}
