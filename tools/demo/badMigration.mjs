/**
 * The accident, as `workspace/migrations/0042-tidy-up.js` has it: prices become text, and "old" orders go, all those
 * that were delivered. Returns what it did and the cluster time just before.
 */
export async function runBadMigration(client) {
  const db = client.db('shop');
  return client.withSession(async (session) => {
    await db.command({ ping: 1 }, { session });
    const before = session.operationTime;
    const startedAt = new Date();
    const prices = await db
      .collection('products')
      .updateMany({}, [{ $set: { price: { $concat: ['EUR ', { $toString: '$price' }] } } }], { session });
    const orders = await db.collection('orders').deleteMany({ status: 'delivered' }, { session });
    return {
      startedAt,
      before: `${before.t}:${before.i}`,
      through: `${session.operationTime.t}:${session.operationTime.i}`,
      productsSpoiled: prices.modifiedCount,
      ordersDeleted: orders.deletedCount,
    };
  });
}
