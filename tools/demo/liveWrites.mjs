import { setTimeout as pause } from 'node:timers/promises';
import { Int32 } from 'mongodb';
import { order } from './shopDocuments.mjs';

const nextStatus = { placed: 'paid', paid: 'shipped', shipped: 'delivered' };

/** What a small shop writes, a few times a second, until aborted: orders come in, move on, and take from the stock. */
export async function writeLive(db, shop, signal) {
  let { nextNumber } = shop;
  while (!signal.aborted) {
    const choice = shop.random.below(10);
    if (choice < 4) await placeOrder(db, shop, nextNumber++);
    else if (choice < 9) await moveOrderOn(db, shop);
    else await restock(db, shop);
    await pause(shop.random.between(150, 450), undefined, { signal }).catch(() => undefined);
  }
}

async function placeOrder(db, { random, products: goods, customers: buyers }, number) {
  const placed = order(random, { goods, buyers, placedAt: new Date(), status: 'placed', number });
  await db.collection('orders').insertOne(placed);
  const sold = placed.items.map(({ sku, quantity }) => ({
    updateOne: { filter: { sku }, update: { $inc: { stock: new Int32(-Number(quantity)) } } },
  }));
  await db.collection('products').bulkWrite(sold);
}

async function moveOrderOn(db, { random }) {
  const status = random.pick(Object.keys(nextStatus));
  const change = { $set: { status: nextStatus[status], [`${nextStatus[status]}At`]: new Date() } };
  await db.collection('orders').updateOne({ status }, change);
}

async function restock(db, { random, products: goods }) {
  const { sku } = random.pick(goods);
  await db.collection('products').updateOne({ sku }, { $inc: { stock: new Int32(random.between(10, 60)) } });
}
