import { type Effect, schedule, unschedule } from '../core/effect.ts'
import type { PromotionCommand } from './commands.ts'
import type { PromotionEvent } from './events.ts'

/** Expires a promotion at its end date (UTC), unless an operator was earlier. */
export function react(event: PromotionEvent): readonly Effect[] {
  switch (event.type) {
    case 'PromotionCreated':
      return event.data.endsAt ? [schedule(END, event.data.endsAt, expire)] : []
    case 'PromotionExpired':
      return [unschedule(END)]
    case 'PromotionApplied':
    case 'PromotionUseConfirmed':
    case 'PromotionReleased':
    case 'PromotionExhausted':
      return []
  }
}

const END = 'end'
const expire = { type: 'ExpirePromotion', reason: 'end_date' } as const satisfies PromotionCommand
