import type { MongoClient } from './connect';

const goods = ['Lamp', 'Chair', 'Desk', 'Rug', 'Shelf', 'Clock', 'Vase', 'Mirror'];
const materials = ['Oak', 'Steel', 'Linen', 'Glass', 'Cork'];
const cities = ['Aarhus', 'Bologna', 'Cork', 'Dresden', 'Ghent', 'Porto', 'Tartu'];
const statuses = ['open', 'paid', 'shipped', 'delivered'];
const people = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gro', 'Hugo', 'Ida', 'Jon'];

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];

/** A little shop, the same each time but for its dates. Answers whether it had to be made. */
export async function seedDemoShop(client: MongoClient, now: Date): Promise<boolean> {
  const shop = client.db('shop');
  if ((await shop.collection('orders').estimatedDocumentCount()) > 0) return false;
  const products = Array.from({ length: 40 }, (_, i) => ({
    sku: `P-${100 + i}`,
    name: `${at(materials, i * 3) ?? ''} ${at(goods, i) ?? ''}`,
    price: 10 + ((i * 37) % 190),
    stock: (i * 13) % 60,
  }));
  await shop.collection('products').insertMany(products);
  await shop.collection('products').createIndexes([{ key: { sku: 1 }, unique: true }]);
  const customers = Array.from({ length: 200 }, (_, i) => ({
    number: i + 1,
    name: `${at(people, i) ?? ''} ${String.fromCharCode(65 + ((i * 7) % 26))}.`,
    city: at(cities, i * 5),
  }));
  await shop.collection('customers').insertMany(customers);
  await shop.collection('orders').insertMany(Array.from({ length: 1200 }, (_, i) => order(i, now)));
  await shop
    .collection('orders')
    .createIndexes([{ key: { number: 1 }, unique: true }, { key: { status: 1 } }]);
  return true;
}

function order(i: number, now: Date): Record<string, unknown> {
  const items = Array.from({ length: 1 + (i % 3) }, (_, j) => ({
    sku: `P-${100 + ((i + j * 11) % 40)}`,
    count: 1 + j,
  }));
  const placedAt = new Date(now.getTime() - ((i * 7919) % 1200) * 3_600_000);
  return {
    number: 5001 + i,
    customer: 1 + (i % 200),
    status: at(statuses, i),
    items,
    total: 20 + ((i * 53) % 480),
    placedAt,
  };
}

/** What a day at the shop looks like, one order at a time. */
export async function writeDemoOrder(client: MongoClient, now: Date): Promise<void> {
  const orders = client.db('shop').collection('orders');
  const [newest] = await orders
    .find({}, { sort: { number: -1 }, limit: 1, projection: { number: 1 } })
    .toArray();
  const i = typeof newest?.['number'] === 'number' ? newest['number'] - 5000 : 0;
  await orders.insertOne({ ...order(i, now), status: 'open', placedAt: now });
  await orders.updateOne(
    { number: 5001 + ((i * 31) % 1200) },
    { $set: { status: at(statuses, i + 1), changedAt: now } },
  );
}

/** The migration that everybody fears: it should have removed one status and removed three. */
export async function makeDemoMistake(client: MongoClient): Promise<number> {
  const wrong = { status: { $in: ['open', 'paid', 'shipped'] } };
  return (await client.db('shop').collection('orders').deleteMany(wrong)).deletedCount;
}
