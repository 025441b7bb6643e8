import { Decimal128, Int32, ObjectId } from 'mongodb';
import { categories, cities, firstNames, lastNames, materials, streets } from './shopWords.mjs';

const dayMs = 24 * 60 * 60 * 1000;
const channels = ['web', 'web', 'web', 'app', 'app', 'phone'];

/** How orders of the past ended; those still open come from the last days. */
const pastStatuses = [
  'delivered',
  'delivered',
  'delivered',
  'delivered',
  'delivered',
  'returned',
  'cancelled',
];

export function products(random, count) {
  const names = Object.entries(categories).flatMap(([category, things]) =>
    materials.flatMap((material) =>
      things.map((thing) => ({ category, name: `${material} ${thing.replace('-', ' ')}` })),
    ),
  );
  return Array.from({ length: count }, (_, index) => {
    const { category, name } = names.splice(random.below(names.length), 1)[0];
    return {
      _id: new ObjectId(),
      sku: `${category.slice(0, 3).toUpperCase()}-${String(1000 + index)}`,
      name,
      category,
      price: money(random.between(490, 18_900)),
      stock: new Int32(random.between(0, 240)),
      tags: [category, random.pick(['new', 'bestseller', 'sale', 'seasonal'])],
    };
  });
}

export function customers(random, count, now) {
  return Array.from({ length: count }, (_, index) => {
    const name = { first: random.pick(firstNames), last: random.pick(lastNames) };
    const [city, country] = random.pick(cities);
    return {
      _id: new ObjectId(),
      name,
      email: `${name.first}.${name.last}${index}@example.com`.toLowerCase(),
      address: { street: `${random.pick(streets)} Street ${random.between(1, 180)}`, city, country },
      since: new Date(now - random.between(20, 1400) * dayMs),
      newsletter: random.below(3) === 0,
    };
  });
}

/** Orders numbered from `firstNumber`; most are long done, the rest is on its way. */
export function orders(random, count, { products: goods, customers: buyers, now, firstNumber }) {
  return Array.from({ length: count }, (_, index) => {
    const done = index < count * 0.86;
    const ageMs = done ? random.between(15, 400) * dayMs : random.between(0, 9) * dayMs;
    const placedAt = new Date(now - ageMs - random.below(dayMs));
    const status = done ? random.pick(pastStatuses) : random.pick(['placed', 'paid', 'paid', 'shipped']);
    return order(random, { goods, buyers, placedAt, status, number: firstNumber + index });
  });
}

export function order(random, { goods, buyers, placedAt, status, number }) {
  const items = Array.from({ length: random.between(1, 4) }, () => {
    const product = random.pick(goods);
    return {
      sku: product.sku,
      name: product.name,
      quantity: new Int32(random.between(1, 3)),
      price: product.price,
    };
  });
  const cents = items.reduce(
    (sum, item) => sum + Math.round(Number(item.price) * 100) * Number(item.quantity),
    0,
  );
  const buyer = random.pick(buyers);
  return {
    _id: new ObjectId(),
    number: new Int32(number),
    customer: { id: buyer._id, email: buyer.email },
    placedAt,
    status,
    channel: random.pick(channels),
    items,
    total: money(cents),
    shipTo: buyer.address,
  };
}

function money(cents) {
  return Decimal128.fromString((cents / 100).toFixed(2));
}
