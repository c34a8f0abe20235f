import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { type Instant, plus } from '../core/time.ts'
import { type CartCommand, toCart } from './commands.ts'
import type { CartEvent } from './events.ts'
import { cartRules } from './policies.ts'
import type { Cart } from './state.ts'

/** Keeps the time of the abandonment up to date, and closes a guest cart whose lines were taken over. */
export function react(event: CartEvent, state: Cart, at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'CartCreated':
      return []
    case 'ProductAddedToCart':
    case 'PromotionApplied':
      return [abandonment(state, at)]
    case 'CartUpdated': {
      const { fromCartId } = event.data
      const timer = abandonment(state, at)
      if (fromCartId === undefined) return [timer]
      return [timer, send(toCart(fromCartId, { type: 'RecordMerged', intoCartId: id }))]
    }
    case 'CartMerged':
    case 'CartAbandoned':
    case 'CartCheckedOut':
      return [unschedule(ABANDON)]
  }
}

const ABANDON = 'abandon'
const abandon = { type: 'AbandonCart' } as const satisfies CartCommand

/** An empty cart is nothing to give up. */
function abandonment(state: Cart, at: Instant): Effect {
  if (state.lines.length === 0) return unschedule(ABANDON)
  return schedule(ABANDON, plus(at, cartRules.abandonedAfter), abandon)
}
