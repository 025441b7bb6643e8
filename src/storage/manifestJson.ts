import type { SnapshotManifest } from '../core/snapshot';
import { formatClusterTime } from '../core/time';
import { base64, bytes, time } from './segmentJson';

/** The JSON of a snapshot's manifest: cluster times as text, bytes as base64. */
export function manifestToJson(manifest: SnapshotManifest): unknown {
  return {
    ...manifest,
    start: formatClusterTime(manifest.start),
    consistentAt: formatClusterTime(manifest.consistentAt),
    collections: manifest.collections.map((c) => ({
      ...c,
      options: base64(c.options),
      indexes: c.indexes.map(base64),
      start: formatClusterTime(c.start),
      consistentAt: formatClusterTime(c.consistentAt),
    })),
  };
}

type CollectionJson = Omit<
  SnapshotManifest['collections'][number],
  'options' | 'indexes' | 'start' | 'consistentAt'
> & { options: string; indexes: string[]; start: string; consistentAt: string };

type ManifestJson = Omit<SnapshotManifest, 'start' | 'consistentAt' | 'collections'> & {
  start: string;
  consistentAt: string;
  collections: CollectionJson[];
};

/** Reads {@link manifestToJson}; the caller has checked the bytes against their checksum. */
export function manifestFromJson(json: unknown): SnapshotManifest {
  const manifest = json as ManifestJson;
  return {
    ...manifest,
    start: time(manifest.start),
    consistentAt: time(manifest.consistentAt),
    collections: manifest.collections.map((c) => ({
      ...c,
      options: bytes(c.options),
      indexes: c.indexes.map(bytes),
      start: time(c.start),
      consistentAt: time(c.consistentAt),
    })),
  };
}
