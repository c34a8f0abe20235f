import type { List } from './page.ts'

/** Every list, with its table. */
export const lists = {
  orders: { from: 'orders AS entry', sortedBy: 'created_at' },
  customers: { from: 'customers AS entry', sortedBy: 'created_at' },
  /** With the available units; 0 for a product without an inventory. */
  products: {
    from: 'products AS entry LEFT JOIN stock ON stock.id = entry.id',
    sortedBy: 'created_at',
    item: `json_set(entry.item, '$.available', coalesce(stock.available, 0))`,
  },
  payments: { from: 'payments AS entry', sortedBy: 'created_at' },
  deliveries: { from: 'deliveries AS entry', sortedBy: 'created_at' },
  promotions: { from: 'promotions AS entry', sortedBy: 'created_at' },
  /** Requested reviews that were not submitted are left out. */
  reviews: { from: 'reviews AS entry', sortedBy: 'submitted_at' },
} as const satisfies Record<string, List>
