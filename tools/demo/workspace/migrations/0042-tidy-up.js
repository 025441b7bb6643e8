// Reviewed on a Friday.

// The new storefront wants the currency with the price.
db.products.updateMany({}, [{ $set: { price: { $concat: ['EUR ', { $toString: '$price' }] } } }]);

// Drop what nobody needs any more: orders that are done.
db.orders.deleteMany({ status: 'delivered' });
