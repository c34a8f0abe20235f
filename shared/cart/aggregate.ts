import type { Aggregate } from '../core/aggregate.ts'
import { decide } from './cart.ts'
import { type CartCommand, cartCommand } from './commands.ts'
import { type CartEvent, cartEvent } from './events.ts'
import { react } from './process.ts'
import { cartRefusals } from './refusals.ts'
import { type Cart, cartSchema, evolve } from './state.ts'
import { cartUpcasters } from './upcast.ts'

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
  evolve,
  decide,
  react,
}
