import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { type Effect, schedule, unschedule } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { Instant } from '../core/time.ts'
import type { PromotionCommand } from './commands.ts'
import type { PromotionEvent } from './events.ts'
import { refuse } from './refusals.ts'
import { type Promotion, type PromotionFeature, promotionStatus } from './state.ts'

/** The start and end of a promotion, at its dates (UTC) or by an operator. */
export const dates = {
  evolve: {
    PromotionActivated: (state) => ({ ...state, draft: false }),
    PromotionStarted: (state) => ({ ...state, started: true }),
    PromotionExpired: (state, { reason }) => ({ ...state, expiredBy: reason }),
  },
  decide: {
    ActivatePromotion: (_, state, context) => activatePromotion(state, context),
    StartPromotion: (_, state, context) => startPromotion(state, context),
    ExpirePromotion: expirePromotion,
  },
  react: {
    // A draft has only a certain end.
    PromotionCreated: (_, state, { at }) => [...startTimer(state, at), ...endTimer(state)],
    PromotionActivated: (_, state, { at }) => startTimer(state, at),
    PromotionExpired: () => [unschedule(START), unschedule(END)],
  },
} satisfies PromotionFeature

function activatePromotion(state: Promotion, context: DecisionContext): Decision<PromotionEvent> {
  const { code } = state.terms
  if (promotionStatus(state, context.now) === 'expired')
    return refuse('promotion_expired', `The promotion ${code} has ended.`)
  return state.draft ? accept({ type: 'PromotionActivated', data: { code } }) : accept()
}

/** From the timer: a promotion that is a draft, has ended or has started meanwhile has no start to record. */
function startPromotion(state: Promotion, context: DecisionContext): Decision<PromotionEvent> {
  const status = promotionStatus(state, context.now)
  if (state.started || status === 'draft' || status === 'scheduled' || status === 'expired') return accept()
  return accept({ type: 'PromotionStarted', data: { code: state.terms.code } })
}

function expirePromotion(
  { reason }: CommandOf<PromotionCommand, 'ExpirePromotion'>,
  { terms: { code }, expiredBy }: Promotion,
): Decision<PromotionEvent> {
  return expiredBy === undefined ? accept({ type: 'PromotionExpired', data: { code, reason } }) : accept()
}

const START = 'start'
const END = 'end'
const start = { type: 'StartPromotion' } as const satisfies PromotionCommand
const expire = { type: 'ExpirePromotion', reason: 'end_date' } as const satisfies PromotionCommand

/** A promotion that starts at once needs no timer. */
function startTimer({ draft, startsAt }: Promotion, at: Instant): Effect[] {
  return draft || startsAt === undefined || startsAt <= at ? [] : [schedule(START, startsAt, start)]
}

function endTimer({ endsAt }: Promotion): Effect[] {
  return endsAt === undefined ? [] : [schedule(END, endsAt, expire)]
}
