import { BSON, Binary, Long, ObjectId, Timestamp } from 'bson';
import { engine } from './engine.mjs';

const daySeconds = 86_400;
const segmentSeconds = 60;
const namespaces = [
  ...['orders', 'carts', 'products', 'customers', 'reviews', 'stock'].map((name) => `shop.${name}`),
  ...['pageviews', 'sessions', 'searches', 'clicks'].map((name) => `analytics.${name}`),
  ...['tokens', 'users'].map((name) => `auth.${name}`),
];

const sessions = 40;
/** A deleteMany like this every so many minutes. */
const mistakeMinutes = 45;
const mistakeDocuments = 1204;

/**
 * A repository of one day as a recorder leaves it, in segments of a minute. Only the entries are made up: retryable
 * writes of many sessions on twelve collections, and now and then a deleteMany.
 */
export async function recordDay(folder, { operations, toMs, say }) {
  const { openOrCreateRepository, fileSegmentStore, fileSnapshotStore, addMark } = engine();
  const random = seededRandom(11);
  const first = Math.floor(toMs / 1000) - daySeconds;
  await openOrCreateRepository(folder, { setName: 'rs0', replicaSetId: 'f'.repeat(24) });
  const templates = namespaces.map(templatesOf);
  const store = fileSegmentStore(folder);
  await store.beginLineage({ start: time(first, 1), startedAtMs: first * 1000 }, undefined);
  let written = 0;
  for (let minute = 0; minute * segmentSeconds < daySeconds; minute++) {
    const entries = [];
    let last;
    const begin = first + minute * segmentSeconds;
    for (let second = begin; second < begin + segmentSeconds; second++) {
      // Busy by day, quiet by night, on average what makes up the day.
      const share = 1 + 0.8 * Math.sin(((second - first) / daySeconds) * 2 * Math.PI);
      const count = Math.max(1, Math.round((operations / daySeconds) * share));
      const mistake = minute % mistakeMinutes === 30 && second === begin + 30 ? mistakeDocuments : 0;
      last = time(second, count + mistake);
      for (let ordinal = 1; ordinal <= count + mistake; ordinal++) {
        const dice = random();
        const of = templates[Math.floor(random() * random() * namespaces.length)];
        const template = ordinal > count ? templates[0].many : dice < 0.5 ? of.i : dice < 0.93 ? of.u : of.d;
        const ms = Math.min(999, Math.floor((ordinal / count) * 999));
        entries.push(template.at(second, ordinal, ms, written + entries.length));
      }
    }
    written += entries.length;
    await store.append({ bytes: Buffer.concat(entries), documents: entries.length }, last);
    await store.seal();
    if (minute % 240 === 239) say(`${written} operations recorded`);
  }
  await store[Symbol.asyncDispose]();
  await snapshotOfNothing(fileSnapshotStore(folder), time(first, 1), first * 1000);
  await addMark(folder, { name: 'noon', at: time(first + daySeconds / 2, 1) });
  return {
    operations: written,
    segments: daySeconds / segmentSeconds,
    fromMs: first * 1000,
    namespaces: namespaces.length,
  };
}

/** From which on everything can be restored. */
async function snapshotOfNothing(store, at, takenAtMs) {
  const position = { lineage: '0001', start: at };
  const writer = await store.begin('first', position);
  const server = { serverVersion: '6.0.5', featureCompatibilityVersion: '6.0' };
  await writer.commit({
    id: 'first',
    ...position,
    consistentAt: at,
    takenAtMs,
    ...server,
    scope: [],
    collections: [],
  });
}

function time(seconds, ordinal) {
  return (BigInt(seconds) << 32n) | BigInt(ordinal);
}

/** Entries of each kind as bytes, in which times, ids and sessions are written over. */
function templatesOf(ns) {
  const ui = new Binary(Buffer.from(ns.padEnd(16, '-').slice(0, 16)), 4);
  const _id = new ObjectId('f0f0f0f0f0f0f0f0f0f0f0f0');
  const times = {
    ts: new Timestamp({ t: 0x7e7e7e7e, i: 0x7d7d7d7d }),
    t: Long.fromNumber(1),
    v: Long.fromNumber(2),
  };
  const common = { ns, ui, ...times, wall: new Date(0x7f7f7f7f7f) };
  const session = {
    lsid: { id: new Binary(Buffer.alloc(16, 0xe1), 4), uid: new Binary(Buffer.alloc(32, 5)) },
    txnNumber: Long.fromBits(0x7c7c7c7c, 0),
    stmtId: 0,
    prevOpTime: { ts: new Timestamp({ t: 0, i: 0 }), t: Long.fromNumber(-1) },
  };
  const document = { _id, status: 'placed', total: 1204, note: 'as it was written', tags: ['new', 'web'] };
  const diff = { $v: 2, diff: { u: { status: 'paid', total: 1240 } } };
  return {
    i: template({ ...session, op: 'i', ...common, o: document }),
    u: template({ ...session, op: 'u', ...common, o: diff, o2: { _id } }),
    d: template({ ...session, op: 'd', ...common, o: { _id } }),
    many: template({ op: 'd', ...common, o: { _id } }),
  };
}

function template(entry) {
  const bytes = Buffer.from(BSON.serialize(entry));
  const [ts, wall, id, session, number] = [
    '7d7d7d7d7e7e7e7e',
    '7f7f7f7f7f000000',
    'f0f0f0f0',
    'e1e1e1e1',
    '7c7c7c7c',
  ].map((part) => bytes.indexOf(Buffer.from(part, 'hex')));
  return {
    at(seconds, ordinal, ms, n) {
      const made = Buffer.from(bytes);
      made.writeUInt32LE(ordinal, ts);
      made.writeUInt32LE(seconds, ts + 4);
      made.writeBigInt64LE(BigInt(seconds) * 1000n + BigInt(ms), wall);
      made.writeUInt32BE(n, id + 8);
      if (session >= 0) {
        // In no order of their ids, as users come.
        made.writeUInt32LE(Math.imul(n, 2654435761) >>> 0, id + 4);
        made.writeUInt32LE(n % sessions, session);
        made.writeUInt32LE(n, number);
      }
      return made;
    },
  };
}

function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
