import { customers, orders, products } from './shopDocuments.mjs';
import { seededRandom } from './random.mjs';

const counts = { products: 240, customers: 760, orders: 2000 };
const statuses = ['placed', 'paid', 'shipped', 'delivered', 'returned', 'cancelled'];

/** Fills database `shop`; returns what the live writes go on from. */
export async function seedShop(db, now) {
  const random = seededRandom(20_240_131);
  const shop = {
    products: products(random, counts.products),
    customers: customers(random, counts.customers, now),
  };
  const past = orders(random, counts.orders, { ...shop, now, firstNumber: 10_001 });

  await db.createCollection('orders', {
    validator: { status: { $in: statuses } },
    validationLevel: 'moderate',
  });
  await db.collection('products').insertMany(shop.products);
  await db.collection('customers').insertMany(shop.customers);
  await db.collection('orders').insertMany(past);
  await db
    .collection('products')
    .createIndexes([{ key: { sku: 1 }, unique: true }, { key: { category: 1, price: 1 } }]);
  await db
    .collection('customers')
    .createIndexes([{ key: { email: 1 }, unique: true }, { key: { 'address.city': 1 } }]);
  await db
    .collection('orders')
    .createIndexes([
      { key: { number: 1 }, unique: true },
      { key: { 'customer.id': 1, placedAt: -1 } },
      { key: { status: 1 }, partialFilterExpression: { status: { $in: ['placed', 'paid', 'shipped'] } } },
    ]);
  await db.createCollection('openOrders', {
    viewOn: 'orders',
    pipeline: [{ $match: { status: { $in: ['placed', 'paid', 'shipped'] } } }, { $sort: { placedAt: 1 } }],
  });
  return { ...shop, random, nextNumber: 10_001 + counts.orders, counts };
}
