import { cartSchema } from '../../shared/cart/state.ts'
import type { List } from './statement.ts'

/** What most lists are sorted by. */
const byTime = { createdAt: { column: 'created_at' }, updatedAt: { column: 'updated_at' } } as const
const times = { created: 'created_at', updated: 'updated_at' } as const
const status = { column: 'status', sortedBy: ['createdAt'] } as const
const currency = { column: 'currency' } as const
const orderId = { column: 'order_id', sortedBy: ['createdAt'], isSelective: true } as const

/** Every list, with its table. Filters stand in order of how few entries they leave. */
export const lists = {
  orders: {
    table: 'orders',
    sorts: { ...byTime, total: { column: 'total' } },
    defaultSort: '-createdAt',
    filters: {
      customerId: { column: 'customer_id', sortedBy: ['createdAt'], isSelective: true },
      status,
      currency,
    },
    ranges: { ...times, total: 'total' },
    search: { table: 'orders_search', ownedBy: 'customerId' },
  },
  /** The words by which customers are found are personal data, and not shown. */
  customers: {
    table: 'customers',
    item: `json_remove(entry.item, '$.search')`,
    sorts: byTime,
    defaultSort: '-createdAt',
    filters: {
      id: { column: 'id', isSelective: true },
      segment: { column: 'segment', sortedBy: ['createdAt'] },
      tier: { column: 'tier', sortedBy: ['createdAt'] },
      status,
    },
    ranges: times,
    search: { table: 'customers_search' },
  },
  /** With the available units; 0 for a product without an inventory. */
  products: {
    table: 'products',
    join: 'LEFT JOIN stock ON stock.id = entry.id',
    item: `json_set(entry.item, '$.available', coalesce(stock.available, 0))`,
    sorts: { ...byTime, price: { column: 'price' } },
    defaultSort: '-createdAt',
    filters: { status, currency },
    ranges: { ...times, price: 'price' },
    search: { table: 'products_search' },
  },
  /** The stock of each SKU. */
  inventory: {
    table: 'stock',
    sorts: { sku: { column: 'id' }, available: { column: 'available' } },
    defaultSort: 'sku',
    filters: {},
    ranges: { available: 'available' },
  },
  carts: {
    table: 'carts',
    sorts: {
      createdAt: { column: 'created_at' },
      updatedAt: {
        column: 'updated_at',
        within: { filter: 'status', values: cartSchema.shape.status.options },
      },
    },
    defaultSort: '-updatedAt',
    filters: {
      customerId: { column: 'customer_id', sortedBy: ['createdAt'], isSelective: true },
      status: { column: 'status', sortedBy: ['updatedAt'] },
    },
    ranges: times,
  },
  payments: {
    table: 'payments',
    sorts: { ...byTime, amount: { column: 'amount' } },
    defaultSort: '-createdAt',
    filters: { orderId, status, currency },
    ranges: { ...times, amount: 'amount' },
  },
  deliveries: {
    table: 'deliveries',
    sorts: byTime,
    defaultSort: '-createdAt',
    filters: { orderId, status },
    ranges: times,
  },
  promotions: {
    table: 'promotions',
    sorts: byTime,
    defaultSort: '-createdAt',
    filters: { status },
    ranges: times,
  },
  /** Requested reviews that were not submitted are left out. */
  reviews: {
    table: 'reviews',
    sorts: { submittedAt: { column: 'submitted_at', mayBeNull: true } },
    defaultSort: '-submittedAt',
    filters: { sku: { column: 'sku', sortedBy: ['submittedAt'], isSelective: true, isRequired: true } },
    ranges: { submitted: 'submitted_at' },
  },
} as const satisfies Record<string, List>
