import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { shopping } from './cart.ts'
import { type CartCommand, cartCommand } from './commands.ts'
import { type CartEvent, cartEvent } from './events.ts'
import { cartListing } from './listing.ts'
import { merge } from './merge.ts'
import { cartRefusals, refuse } from './refusals.ts'
import { type Cart, cartSchema } from './state.ts'
import { cartUpcasters } from './upcast.ts'

const features = [shopping, merge] as const

/** A shopping cart of a guest or a customer. */
export const cart: Aggregate<Cart, CartCommand, CartEvent> = {
  kind: 'cart',
  context: 'cart',
  idPrefix: 'crt',
  command: cartCommand,
  event: cartEvent,
  refusals: cartRefusals,
  state: cartSchema,
  stateVersion: 3,
  upcasters: cartUpcasters,
  listing: cartListing,
  ...combineFeatures<Cart, CartCommand, CartEvent, typeof features>(features, ({ id }) =>
    refuse('cart_not_found', `There is no cart ${id}.`),
  ),
}
