import { type RefusalCatalog, refusing } from '../core/refusal.ts'

export const reviewRefusals = {
  review_not_found: {
    kind: 'not_found',
    title: 'There is no such review.',
    remedy: 'Check the id.',
  },
  review_exists: {
    kind: 'conflict',
    title: 'This purchase has been reviewed already.',
    remedy: 'Each product of an order is reviewed once; a review cannot be changed afterwards.',
  },
  not_in_order: {
    kind: 'invalid',
    title: 'The order does not have this product.',
    remedy: 'Name the SKU of one of the lines of the order.',
  },
  not_delivered: {
    kind: 'conflict',
    title: 'The order has not been delivered.',
    remedy:
      'Review the product once its parcel has arrived; what was cancelled or returned cannot be reviewed.',
  },
  review_closed: {
    kind: 'conflict',
    title: 'The buyer has been forgotten.',
    remedy: 'After the erasure of a customer nothing more can be said in their name.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(reviewRefusals)
