import { z } from 'zod'
import type { CommandOf } from '../core/aggregate.ts'
import { type Counting, explainCounting } from '../core/money/exchange.ts'
import { type Money, sum } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { quoteDecisions, type ShippingQuote } from '../delivery/events.ts'
import type { OrderCommand, PromotionQuote } from './commands.ts'
import type { OrderPromotion } from './events.ts'

type CreateOrder = CommandOf<OrderCommand, 'CreateOrder'>

const rejectionSchema = z.object({ code: z.string(), rule: z.string(), beatenBy: z.array(z.string()) })

/** The summary of a decision in the state of an order; the event has all of it. */
export const rememberedDecisionSchema = z.object({
  policy: z.string(),
  rules: z.array(z.string()),
  outcome: z.string(),
  /** The promotion code or SKU that it concerns; missing: the whole order. */
  about: z.string().optional(),
  /** Of `promotionStackingPolicy`: the codes that lost, and against which. */
  rejected: z.array(rejectionSchema).optional(),
})
export type RememberedDecision = z.infer<typeof rememberedDecisionSchema>

const subjectSchema = z.object({ code: z.string() }).or(z.object({ sku: z.string() }))
const rejectionsSchema = z.object({ rejected: z.array(rejectionSchema) })

/** Adds decisions; each replaces the earlier one on the same subject. */
export function withDecisions(
  known: readonly RememberedDecision[],
  made: readonly PolicyDecision[],
): RememberedDecision[] {
  const added = made.map(remembered)
  const isReplaced = (old: RememberedDecision) =>
    added.some(({ policy, about }) => policy === old.policy && about === old.about)
  return [...known.filter((old) => !isReplaced(old)), ...added]
}

function remembered({ policy, rules, inputs, outcome }: PolicyDecision): RememberedDecision {
  const subject = subjectSchema.safeParse(inputs).data
  const rejected = rejectionsSchema.safeParse(inputs).data?.rejected
  return {
    policy,
    rules,
    outcome,
    ...(subject && { about: 'code' in subject ? subject.code : subject.sku }),
    ...(rejected && { rejected }),
  }
}

/**
 * The decisions by which an order is accepted: that it is valid, the exchange rate of its maximum total, the
 * eligibility of each code, and the carrier.
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

/** The decision on the redeemed points; none for an order without points. */
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

/** The decision of `promotionEligibilityPolicy` against a code. */
function notEligible(code: string, reasons: readonly string[]): PolicyDecision {
  return {
    policy: 'promotionEligibilityPolicy',
    rules: [...reasons],
    inputs: { code },
    outcome: 'not_eligible',
  }
}
