/** A kind of aggregate that stands in lists. */
export interface ReadModel {
  /** Its table in the read database; see `migrations/`. */
  readonly table: string
}

/** Every kind of aggregate that stands in lists. A product and its stock make one list. */
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
