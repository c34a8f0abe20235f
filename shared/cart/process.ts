import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { type Instant, plus } from '../core/time.ts'
import { type CartCommand, toCart } from './commands.ts'
import type { CartEvent } from './events.ts'
import { cartRules } from './policies.ts'
import type { Cart } from './state.ts'

/** Keeps the time of the abandonment up to date, and brings a cart's lines and codes to the cart that takes them. */
export function react(event: CartEvent, state: Cart, at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'CartCreated':
      return []
    case 'ProductAddedToCart':
    case 'CartUpdated':
    case 'PromotionApplied':
    case 'PromotionRemoved':
    case 'CartMergeFailed':
      return [abandonment(state, at)]
    case 'CartMerged':
      return [unschedule(ABANDON), giveTo(event.data.intoCartId, state, id)]
    case 'CartAbandoned':
    case 'CartCheckedOut':
      return [unschedule(ABANDON)]
  }
}

/** Whoever asked for the merge sends the same at once; this makes sure of it, and the other cart takes it once. */
function giveTo(intoCartId: string, { lines, promotions }: Cart, id: string): Effect {
  return send(toCart(intoCartId, { type: 'MergeCarts', fromCartId: id, lines, promotions }), {
    type: 'RecordMergeOutcome',
    intoCartId,
  })
}

const ABANDON = 'abandon'
const abandon = { type: 'AbandonCart' } as const satisfies CartCommand

/** An empty cart is nothing to give up. */
function abandonment(state: Cart, at: Instant): Effect {
  if (state.lines.length === 0) return unschedule(ABANDON)
  return schedule(ABANDON, plus(at, cartRules.abandonedAfter), abandon)
}
