import { BsonType, ElementCursor } from './rawDocument';

/**
 * Whether a top-level field other than `_id` holds `Timestamp(0, 0)`, for which a server puts the time of an insert, and
 * before 5.0 of a replacement.
 */
export function hasEmptyTimestamp(document: Uint8Array): boolean {
  const cursor = new ElementCursor(document);
  while (cursor.next()) if (isEmptyTimestamp(cursor) && cursor.name !== '_id') return true;
  return false;
}

/** Whether the cursor is at a `Timestamp(0, 0)`. */
export function isEmptyTimestamp(cursor: ElementCursor): boolean {
  return cursor.type === BsonType.timestamp && cursor.value.every((byte) => byte === 0);
}
