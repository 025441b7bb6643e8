// Seeded data: the same set, count and seed give the same bytes on every machine.
import { BSON, Binary, ObjectId } from 'mongodb';

/** mulberry32: small, fast, seeded. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const words = (text) => text.split(' ');
const firstNames = words(
  'Anna Ben Carla David Elena Frank Grace Hugo Ines Jonas Katja Liam Maria Nils Olga Paul',
);
const lastNames = words(
  'Almeida Bauer Costa Dubois Eriksen Ferrari Garcia Hansen Ivanov Jensen Keller Larsen Weber',
);
const cities = words(
  'Berlin Paris Madrid Rome Vienna Oslo Lisbon Prague Warsaw Dublin Helsinki Athens Zurich Lyon',
);
const states = words('new paid packed shipped delivered returned');
const vocabulary = words(
  'order customer delivery late invoice please address changed parcel number confirm payment received refund sent ' +
    'warehouse morning evening contact phone gift wrap leave door neighbour signature required fragile heavy pallet ' +
    'express standard return label note internal checked manager approved discount voucher applied currency',
);

const epochMs = Date.UTC(2023, 0, 1);
const below = (r, n) => (r() * n) | 0;
const pick = (r, list) => list[below(r, list.length)];
const cents = (r, n) => Math.round(r() * n * 100) / 100;

/** Words as people use them: some far more often than others. */
function prose(r, count) {
  const chosen = Array.from({ length: count }, () => vocabulary[(r() * r() * vocabulary.length) | 0]);
  return chosen.join(' ');
}

function hex(r, length) {
  let text = '';
  while (text.length < length) text += ((r() * 0x100000000) >>> 0).toString(16).padStart(8, '0');
  return text.slice(0, length);
}

/** Looks as one made by a client: seconds, process, counter. */
function objectId(i, perSecond, processHex) {
  const seconds = Math.floor(epochMs / 1000) + Math.floor(i / perSecond);
  const counter = (i & 0xffffff).toString(16).padStart(6, '0');
  return ObjectId.createFromHexString(seconds.toString(16).padStart(8, '0') + processHex + counter);
}

const makers = {
  a(r, i, processHex) {
    const first = pick(r, firstNames);
    const last = pick(r, lastNames);
    const createdMs = epochMs + i * 50 + below(r, 5000);
    const items = Array.from({ length: 2 + below(r, 5) }, () => ({
      sku: `SKU-${100000 + below(r, 20000)}`,
      name: prose(r, 2),
      qty: 1 + below(r, 5),
      price: cents(r, 200),
      tags: [pick(r, vocabulary), pick(r, vocabulary)],
    }));
    return {
      _id: objectId(i, 20, processHex),
      orderNo: `ORD-${String(i).padStart(10, '0')}`,
      status: pick(r, states),
      customer: {
        id: below(r, 200000),
        name: `${first} ${last}`,
        email: `${first}.${last}${below(r, 999)}@example.com`.toLowerCase(),
        address: {
          street: `${pick(r, vocabulary)} street ${1 + below(r, 200)}`,
          city: pick(r, cities),
          zip: String(10000 + below(r, 89999)),
          geo: [r() * 180 - 90, r() * 360 - 180],
        },
      },
      items,
      total: cents(r, 900),
      currency: pick(r, ['EUR', 'USD', 'GBP']),
      createdAt: new Date(createdMs),
      updatedAt: new Date(createdMs + below(r, 864e5)),
      history: [
        { at: new Date(createdMs), by: 'system', to: 'new' },
        { at: new Date(createdMs + below(r, 36e5)), by: pick(r, firstNames), to: pick(r, states) },
      ],
      flags: { gift: r() < 0.1, priority: below(r, 4), fraudScore: r() },
      note: prose(r, 8 + below(r, 18)),
      trace: hex(r, 32),
      coupon: r() < 0.2 ? `C${below(r, 1000)}` : null,
    };
  },
  b(r, i, processHex) {
    return {
      _id: objectId(i, 500, processHex),
      s: below(r, 5000),
      t: new Date(epochMs + i * 10),
      v: cents(r, 100),
      q: below(r, 3),
      u: pick(r, ['C', 'hPa', '%']),
      m: `dev-${below(r, 5000)}`,
      site: pick(r, cities),
      n: i,
      ok: r() < 0.98,
    };
  },
  c(r, i, processHex) {
    const attributes = {};
    for (let k = below(r, 14); k > 0; k--) {
      attributes[vocabulary[k] + below(r, 3)] = r() < 0.5 ? below(r, 100000) : prose(r, 3);
    }
    return {
      _id: objectId(i, 50, processHex),
      kind: pick(r, ['event', 'log', 'audit', 'metric']),
      at: new Date(epochMs + i * 200),
      host: `node-${below(r, 40)}`,
      level: below(r, 5),
      user: pick(r, firstNames) + below(r, 3000),
      message: prose(r, 20 + below(r, 120)),
      attributes,
      ...(r() < 0.15 ? { stack: prose(r, 300) } : {}),
    };
  },
};

/** Sizes at scale 1. */
export const sets = {
  a: { database: 'bench_a', collections: ['orders'], documents: 1_000_000, about: '1 KB documents' },
  b: { database: 'bench_b', collections: ['readings'], documents: 3_000_000, about: 'documents of 110 B' },
  c: {
    database: 'bench_c',
    collections: ['c1', 'c2', 'c3', 'c4', 'c5'],
    documents: 80_000,
    about: 'five collections, 0.3 to 4 KB documents',
  },
};

export function* documents(set, count, seed = 1) {
  const r = random(seed * 7919 + set.charCodeAt(0));
  const processHex = hex(r, 10);
  for (let i = 0; i < count; i++) yield makers[set](r, i, processHex);
}

/** Fills a set's collections, unless they hold that many documents already; gives their BSON bytes. */
export async function loadSet(client, set, scale) {
  const { database, collections, documents: full } = sets[set];
  const count = Math.round(full * scale);
  const db = client.db(database);
  for (const [n, name] of collections.entries()) {
    if ((await db.collection(name).estimatedDocumentCount()) === count) continue;
    await db.dropCollection(name).catch(() => undefined);
    await fill(db.collection(name), documents(set, count, 1 + n * 1000));
  }
  const stats = await Promise.all(collections.map((name) => db.command({ collStats: name })));
  return { documents: count * collections.length, bytes: stats.reduce((sum, s) => sum + s.size, 0) };
}

/** Inserts documents, three batches at a time. */
export async function fill(collection, source, batchSize = 2000) {
  const sending = new Set();
  const send = async (batch) => {
    const sent = collection.insertMany(batch, { ordered: false, writeConcern: { w: 1, j: false } });
    const done = sent.finally(() => sending.delete(done));
    sending.add(done);
    if (sending.size >= 3) await Promise.race(sending);
  };
  let batch = [];
  for (const document of source) {
    batch.push(document);
    if (batch.length < batchSize) continue;
    await send(batch);
    batch = [];
  }
  if (batch.length > 0) await send(batch);
  await Promise.all(sending);
}

/**
 * A collection of about so many bytes: set a's first documents over and over, each time under new `_id`s. `insert`
 * takes concatenated BSON.
 */
export async function fillBytes(insert, bytes) {
  const run = [...documents('a', 16_000)].map((document) => BSON.serialize(document));
  const batches = Array.from({ length: 4 }, (_, n) => run.slice(n * 4000, (n + 1) * 4000));
  let made = 0;
  let first = 0;
  while (made < bytes) {
    for (const batch of batches) {
      const copy = Buffer.concat(batch);
      let at = 0;
      for (const [i, document] of batch.entries()) {
        copy.set(objectId(first + i, 20, 'c0ffee0001').id, at + idOffset);
        at += document.length;
      }
      await insert(copy, batch.length);
      made += copy.length;
      first += batch.length;
    }
  }
  return made;
}

/** Of an ObjectId that is a document's first field. */
const idOffset = 9;

/**
 * Writes `count` oplog entries of all kinds: inserts, updates (`$set`, `$inc`, `$push`, `$unset`, replacement) and
 * deletes, each of a document that is there. `alive` holds the ids of documents that exist, by collection. Without a
 * write concern it is the server's own.
 */
export async function writeMixed(
  collections,
  alive,
  count,
  seed,
  onBatch = () => undefined,
  writeConcern = { w: 1, j: false },
) {
  const r = random(seed);
  let written = 0;
  let next = seed * 10_000_000;
  while (written < count) {
    const n = below(r, collections.length);
    const ids = alive[n];
    const operations = [];
    const touched = new Set();
    while (operations.length < Math.min(200, count - written)) {
      operations.push(mixedOperation(r, ids, touched, () => next++));
    }
    await collections[n].bulkWrite(operations, {
      ordered: false,
      ...(writeConcern && { writeConcern }),
    });
    written += operations.length;
    await onBatch(written);
  }
  return written;
}

/** On no document that this batch has `touched`, so that every operation writes an entry in whatever order they go. */
function mixedOperation(r, ids, touched, nextId) {
  const roll = r();
  if (roll < 0.4 || ids.length < 1000) {
    const _id = nextId();
    ids.push(_id);
    touched.add(_id);
    return { insertOne: { document: { ...mixedDocument(r), _id } } };
  }
  let at = below(r, ids.length);
  while (touched.has(ids[at])) at = below(r, ids.length);
  const _id = ids[at];
  touched.add(_id);
  if (roll < 0.6) {
    ids[at] = ids.at(-1);
    ids.pop();
    return { deleteOne: { filter: { _id } } };
  }
  if (roll < 0.65) return { replaceOne: { filter: { _id }, replacement: mixedDocument(r) } };
  const update =
    roll < 0.85
      ? {
          $set: { status: pick(r, states) + nextId(), 'address.city': pick(r, cities) },
          $inc: { changes: 1 },
        }
      : { $push: { tags: pick(r, vocabulary) + nextId() }, $inc: { changes: 1 } };
  return { updateOne: { filter: { _id }, update } };
}

/** What {@link writeMixed} works on. */
export function mixedDocument(r) {
  return {
    status: pick(r, states),
    address: { street: `${pick(r, vocabulary)} street`, city: pick(r, cities) },
    tags: [pick(r, vocabulary)],
    changes: 0,
    note: prose(r, 30),
    key: new Binary(Buffer.from(hex(r, 32), 'hex')),
  };
}

export async function fillMixed(collection, count, seed) {
  const r = random(seed);
  const ids = Array.from({ length: count }, (_, i) => seed * 1_000_000_000 + i);
  await fill(
    collection,
    ids.map((_id) => ({ ...mixedDocument(r), _id })),
  );
  return ids;
}
