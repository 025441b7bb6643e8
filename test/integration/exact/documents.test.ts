import { Decimal128, Double, type Document, Long, Timestamp } from 'bson';
import { MongoClient } from 'mongodb';
import { dropAll, type History, lookAt, proveHistory, proveRestore } from '../../support/proveRestore';
import { type ReplicaSet, startReplicaSet } from '../../support/replicaSet';
import { startRewinder } from '../../support/rewinder';

/** Documents that a plain insert or a careless update would change. */
describe('restore of documents', () => {
  let set: ReplicaSet;
  let client: MongoClient;
  let major: number;
  const shop = () => client.db('shop');
  const orders = () => shop().collection('orders');
  const applyOps = (operations: Document[], options: Document = {}): Promise<Document> =>
    client.db('admin').command({ applyOps: operations, ...options });
  const prove = (history: History): Promise<readonly string[]> => proveHistory(client, history);

  before(async () => {
    set = await startReplicaSet({ args: ['--setParameter', 'ttlMonitorEnabled=false'] });
    client = new MongoClient(set.uri);
    const { version } = (await client.db('admin').command({ buildInfo: 1 })) as { version: string };
    major = Number.parseInt(version, 10);
  });

  after(async () => {
    await client.close();
    await set.stop();
  });

  it('keeps empty timestamps, through inserts, updates and pipelines', async () => {
    const empty = new Timestamp({ t: 0, i: 0 });
    const write = async (id: number): Promise<void> => {
      await orders().insertOne({ _id: id, n: 1 } as Document);
      await orders().updateOne({ _id: id } as Document, { $set: { at: empty } });
    };
    await prove({
      before: () => write(1),
      after: [
        () => write(2),
        () => orders().updateMany({}, [{ $set: { n: { $add: ['$n', 1] } } }]),
        () => orders().updateMany({}, [{ $set: { many: { $range: [0, 500] } } }]),
      ],
    });
  });

  it('keeps an _id where it is, and moves it to the front with the first update', async () => {
    const insert = (ids: number[]): Promise<Document> =>
      applyOps(
        ids.map((_id) => ({ op: 'i', ns: 'shop.orders', o: { n: 1, _id } })),
        { allowAtomic: false },
      );
    await prove({
      before: async () => {
        await shop().createCollection('orders');
        await insert([1, 2, 3]);
      },
      after: [
        () => insert([4, 5, 6]),
        () => orders().updateMany({ _id: { $in: [1, 4] } } as Document, { $set: { n: 2 } }),
        () => orders().updateMany({ _id: { $in: [2, 5] } } as Document, [{ $set: { m: 2 } }]),
      ],
    });
  });

  it('keeps names of fields with dots and dollars', async function () {
    const odd: Document = { 'a.b': 1, '': 2, x$y: 3, sub: { 'c.d': 1, $inner: 2 } };
    const all = major < 5 ? odd : { ...odd, $price: 4, $set: { x: 1 }, $v: 5, diff: { u: 1 } };
    const insert = async (id: number): Promise<void> => {
      // 4.4 refuses names with a dollar in front in an insert, and takes them in an operation.
      if (major >= 5) await orders().insertOne({ _id: id, ...all } as Document);
      else {
        await applyOps([{ op: 'i', ns: 'shop.orders', o: { _id: id, ...odd, $price: 4 } }], {
          allowAtomic: false,
        });
      }
    };
    await prove({
      before: async () => {
        await shop().createCollection('orders');
        await insert(1);
      },
      after: [() => insert(2), () => orders().updateMany({}, { $set: { n: 1 } })],
    });
  });

  it('follows what somebody sent through applyOps: it replaces, makes and passes over', async () => {
    await prove({
      before: async () => {
        await orders().insertMany([1, 2, 3].map((_id): Document => ({ _id, n: 0 })));
      },
      after: [
        () =>
          applyOps([
            { op: 'i', ns: 'shop.orders', o: { _id: 1, replaced: true } },
            { op: 'u', ns: 'shop.orders', o2: { _id: 9 }, o: { $set: { 'made.by': 'update' } } },
            { op: 'd', ns: 'shop.orders', o: { _id: 77 } },
          ]),
        () => applyOps([{ op: 'u', b: true, ns: 'shop.orders', o2: { _id: 10 }, o: { $set: { n: 1 } } }]),
        () => applyOps([{ op: 'i', ns: 'shop.orders', o: { _id: 2, n: 2 } }], { allowAtomic: false }),
        () => orders().deleteOne({ _id: 9 } as Document),
      ],
    });
  });

  it('takes for one what the collation of the collection takes for one _id', async () => {
    const letters = ['a', 'b', 'ä'];
    const named = (name: string): string[] =>
      letters.flatMap((l) => Array.from({ length: 300 }, (_, i) => `${l}${name}${i}`));
    const swap = async (from: string[], to: string[]): Promise<void> => {
      const collection = client.db('shop').collection<{ _id: string }>('orders');
      await collection.bulkWrite(
        from.flatMap((_id, at) => [
          { deleteOne: { filter: { _id } } },
          { insertOne: { document: { _id: to[at]!, at } } },
          { updateOne: { filter: { _id }, update: { $set: { again: at } } } },
        ]),
      );
    };
    await prove({
      before: async () => {
        await client.db('shop').createCollection('orders', { collation: { locale: 'en', strength: 2 } });
        await shop()
          .collection<{ _id: string }>('orders')
          .insertMany(named('x').map((_id) => ({ _id })));
      },
      after: [() => swap(named('x'), named('X')), () => swap(named('X'), named('x'))],
    });
  });

  it('takes them for one in what was read while it changed', async () => {
    await dropAll(client);
    const collection = await shop().createCollection<{ _id: string; n?: number }>('orders', {
      collation: { locale: 'en', strength: 2 },
    });
    await collection.insertMany([{ _id: 'b' }, { _id: 'C' }]);
    await using rewinder = await startRewinder(client);
    await rewinder.snapshot({
      pinned: false,
      through: (source) => ({
        ...source,
        read: async (...args) => {
          await collection.insertOne({ _id: 'A' });
          await collection.replaceOne({ _id: 'a' }, { n: 1 });
          await collection.deleteOne({ _id: 'a' });
          await collection.insertOne({ _id: 'a', n: 2 });
          await collection.replaceOne({ _id: 'c' }, { n: 1 });
          await collection.deleteOne({ _id: 'c' });
          await collection.insertOne({ _id: 'c' });
          return source.read(...args);
        },
      }),
    });
    const moment = await lookAt(client);
    await rewinder.recorded(moment.at);
    await proveRestore(client, rewinder, moment);
    await proveRestore(client, rewinder, moment, { foldAll: true });
  });

  it('takes documents of 16 MB, and transactions that are longer than an entry', async () => {
    await client.db('admin').command({ setParameter: 1, wiredTigerEngineRuntimeConfig: 'cache_size=1G' });
    const large = (_id: number, mb: number): Document => ({ _id, text: 'x'.repeat(mb * 1024 * 1024 - 200) });
    await prove({
      before: () => orders().insertOne(large(1, 16)),
      after: [
        () => orders().insertOne(large(2, 16)),
        () => orders().updateOne({ _id: 1 } as Document, { $set: { text: 'y'.repeat(16_000_000), n: 1 } }),
        () =>
          client.withSession((session) =>
            session.withTransaction(async () => {
              for (const id of [11, 12, 13]) await orders().insertOne(large(id, 6), { session });
              await shop()
                .collection('log')
                .insertOne({ _id: 1 } as Document, { session });
            }),
          ),
      ],
      appliers: ['server'],
    });
  });

  it('tells numbers apart by value alone, as _id does', async () => {
    const ids = [1.5, Decimal128.fromString('2.50'), Long.fromString('9007199254740993'), new Double(7), NaN];
    await prove({
      before: () => orders().insertMany(ids.map((_id): Document => ({ _id, n: 1 }))),
      after: [
        () => orders().updateMany({}, { $inc: { n: 1 } }),
        () => orders().deleteOne({ _id: Decimal128.fromString('7.0') }),
      ],
    });
  });

  it('replaces numbers in a clustered collection', async function () {
    if (major < 6) return;
    const ids = [1.5, Decimal128.fromString('2.50'), 3];
    await prove({
      before: async () => {
        await shop().createCollection('orders', { clusteredIndex: { key: { _id: 1 }, unique: true } });
        await orders().insertMany(ids.map((_id): Document => ({ _id, n: 1 })));
      },
      after: [
        () => orders().updateMany({}, { $inc: { n: 1 } }),
        () => orders().deleteOne({ _id: 3 } as Document),
      ],
    });
  });
});
