/** A kind of aggregate that has a list. */
interface ReadModel {
  /** Its table in the read database; see `migrations/`. */
  readonly table: string
  /** Columns that never change, with the JSON path of each in an entry; all others are generated. */
  readonly fixed: Readonly<Record<string, string>>
}

const created = { created_at: '$.createdAt' }
const ofOrder = { ...created, order_id: '$.orderId' }

/** The kinds of aggregates that have a list. */
export const readModels: ReadonlyMap<string, ReadModel> = new Map([
  ['order', { table: 'orders', fixed: { ...created, customer_id: '$.customerId' } }],
  ['customer', { table: 'customers', fixed: created }],
  ['product', { table: 'products', fixed: created }],
  ['inventory', { table: 'stock', fixed: {} }],
  ['cart', { table: 'carts', fixed: created }],
  ['payment', { table: 'payments', fixed: { ...ofOrder, amount: '$.amount.amount' } }],
  ['delivery', { table: 'deliveries', fixed: ofOrder }],
  ['promotion', { table: 'promotions', fixed: created }],
  ['review', { table: 'reviews', fixed: {} }],
])
