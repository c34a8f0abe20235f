import type { List } from './page.ts'

/** Every list and the table that it is read from. */
export const lists = {
  orders: { from: 'orders AS entry', sortedBy: 'created_at' },
  customers: { from: 'customers AS entry', sortedBy: 'created_at' },
  /** With what there is of each; a product whose stock nobody has counted has none. */
  products: {
    from: 'products AS entry LEFT JOIN stock ON stock.id = entry.id',
    sortedBy: 'created_at',
    item: `json_set(entry.item, '$.available', coalesce(stock.available, 0))`,
  },
  payments: { from: 'payments AS entry', sortedBy: 'created_at' },
  deliveries: { from: 'deliveries AS entry', sortedBy: 'created_at' },
  promotions: { from: 'promotions AS entry', sortedBy: 'created_at' },
  /** Those that were written, the newest in front. */
  reviews: { from: 'reviews AS entry', sortedBy: 'submitted_at' },
} as const satisfies Record<string, List>
