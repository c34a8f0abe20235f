/** A kind of aggregate that has a list. */
interface ReadModel {
  /** Its table in the read database; see `migrations/`. */
  readonly table: string
}

/** The kinds of aggregates that have a list; `product` and `inventory` share one. */
export const readModels: ReadonlyMap<string, ReadModel> = new Map([
  ['order', { table: 'orders' }],
  ['customer', { table: 'customers' }],
  ['product', { table: 'products' }],
  ['inventory', { table: 'stock' }],
  ['payment', { table: 'payments' }],
  ['delivery', { table: 'deliveries' }],
  ['promotion', { table: 'promotions' }],
  ['review', { table: 'reviews' }],
])
