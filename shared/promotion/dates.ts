import { type Effect, schedule, unschedule } from '../core/effect.ts'
import type { Instant } from '../core/time.ts'
import type { PromotionCommand } from './commands.ts'
import type { PromotionEvent } from './events.ts'
import type { Promotion } from './state.ts'

/** Starts and ends a promotion at its dates (UTC), unless an operator ended it earlier. */
export function react(event: PromotionEvent, state: Promotion, at: Instant): readonly Effect[] {
  switch (event.type) {
    case 'PromotionCreated':
      // Of a draft the end alone is certain.
      return [...start(state, at), ...end(state)]
    case 'PromotionActivated':
      return start(state, at)
    case 'PromotionExpired':
      return [unschedule(START), unschedule(END)]
    case 'PromotionStarted':
    case 'PromotionApplied':
    case 'PromotionUseConfirmed':
    case 'PromotionReleased':
    case 'PromotionExhausted':
      return []
  }
}

const START = 'start'
const END = 'end'
const startPromotion = { type: 'StartPromotion' } as const satisfies PromotionCommand
const expire = { type: 'ExpirePromotion', reason: 'end_date' } as const satisfies PromotionCommand

/** One that may start at once has no start to wait for. */
function start({ draft, startsAt }: Promotion, at: Instant): Effect[] {
  return draft || startsAt === undefined || startsAt <= at ? [] : [schedule(START, startsAt, startPromotion)]
}

function end({ endsAt }: Promotion): Effect[] {
  return endsAt === undefined ? [] : [schedule(END, endsAt, expire)]
}
