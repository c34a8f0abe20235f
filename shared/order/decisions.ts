import type { CommandOf } from '../core/aggregate.ts'
import { type Counting, explainCounting } from '../core/money/exchange.ts'
import { type Money, sum } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { quoteDecisions, type ShippingQuote } from '../delivery/events.ts'
import type { OrderCommand, PromotionQuote } from './commands.ts'
import type { OrderPromotion } from './events.ts'

type CreateOrder = CommandOf<OrderCommand, 'CreateOrder'>

/**
 * What was decided to take an order: that it is valid, at which rate its total was held to the limits, each
 * code's eligibility, and the carrier.
 */
export function creationDecisions(
  command: CreateOrder,
  quote: ShippingQuote,
  total: Money,
  counting: Counting,
): PolicyDecision[] {
  const { lines } = command
  return [
    {
      policy: 'orderValidationPolicy',
      rules: [],
      inputs: {
        lines: lines.length,
        quantity: sum(lines.map(({ quantity }) => quantity)),
        ...explainCounting(total, counting),
      },
      outcome: 'valid',
    },
    ...command.promotions.map(eligibilityDecision),
    ...quoteDecisions(quote),
  ]
}

function eligibilityDecision(quote: PromotionQuote): PolicyDecision {
  const { code } = quote
  return 'reasons' in quote
    ? notEligible(code, quote.reasons)
    : { policy: 'promotionEligibilityPolicy', rules: [], inputs: { code }, outcome: 'eligible' }
}

/** That so many points may pay for an order; none is nothing to decide on. */
export function pointsDecision(
  points: number,
  bounds: { minimum: number; maximum: number },
  subtotal: Money,
  counting: Counting,
): PolicyDecision[] {
  if (points === 0) return []
  return [
    {
      policy: 'pointsPolicy',
      rules: [],
      inputs: { points, ...bounds, ...explainCounting(subtotal, counting) },
      outcome: 'allowed',
    },
  ]
}

/** The decision of promotions that were lost between the quote and the claim. */
export function lostPromotionDecisions(lost: readonly OrderPromotion[]): PolicyDecision[] {
  return lost.map(({ code, reason }) => notEligible(code, reason === undefined ? [] : [reason]))
}

function notEligible(code: string, reasons: readonly string[]): PolicyDecision {
  return {
    policy: 'promotionEligibilityPolicy',
    rules: [...reasons],
    inputs: { code },
    outcome: 'not_eligible',
  }
}
