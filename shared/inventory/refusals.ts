import { type Decision, type RefusalCatalog, refusing } from '../core/refusal.ts'

export const inventoryRefusals = {
  stock_not_found: {
    kind: 'not_found',
    title: 'No stock is kept of this SKU.',
    remedy: 'Check the SKU, or give it its first stock.',
  },
  stock_change_unclear: {
    kind: 'invalid',
    title: 'A change of stock says either the new count or the difference.',
    remedy: 'Give exactly one of set and adjust.',
  },
  stock_below_reserved: {
    kind: 'conflict',
    title: 'A location cannot have less than is reserved there.',
    remedy:
      'Change the stock to no less than the reserved quantity, or release reservations first; `reserved` says how many there are.',
  },
  stock_too_high: {
    kind: 'invalid',
    title: 'A location cannot have this many units.',
    remedy: 'Spread the stock over several locations; each holds up to 1,000,000,000 units.',
  },
  too_many_locations: {
    kind: 'conflict',
    title: 'The SKU is kept at too many locations.',
    remedy: 'Use one of its locations; a SKU has at most 50.',
  },
  out_of_stock: {
    kind: 'conflict',
    title: 'There is less in stock than was asked for.',
    remedy: 'Ask for no more than is available, or try again later; `available` says how many there are.',
  },
  reservation_exists: {
    kind: 'conflict',
    title: 'The order has a reservation of another quantity.',
    remedy: 'Release the reservation first; `quantity`, `state` and `expiresAt` describe it.',
  },
  reservation_too_late: {
    kind: 'conflict',
    title: 'The hold would have ended before it began.',
    remedy: 'Ask for a hold that ends in the future.',
  },
  reservation_gone: {
    kind: 'conflict',
    title: 'Nothing is held for the order any more.',
    remedy: 'The hold has ended or was released; reserve again if there is stock.',
  },
  too_many_reservations: {
    kind: 'conflict',
    title: 'Too many orders hold this SKU at once.',
    remedy: 'Try again in a while: holds end when their orders are paid for, cancelled or out of time.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(inventoryRefusals)

/** Fewer units are available than requested; the facts carry the numbers. */
export function outOfStock(facts: { sku: string; requested: number; available: number }): Decision<never> {
  const { sku, requested, available } = facts
  return refuse('out_of_stock', `${requested} of ${sku} were asked for, ${available} are available.`, facts)
}
