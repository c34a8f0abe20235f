import { type StepReply, unpackRefusal } from '../../../durable-objects/aggregate/protocol.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { basketTotal, type Money } from '../../../shared/core/money/money.ts'
import type { PolicyDecision } from '../../../shared/core/policy-decision.ts'
import type { CustomerFacts } from '../../../shared/customer/commands.ts'
import { toPromotion } from '../../../shared/promotion/commands.ts'
import { promotionEvent } from '../../../shared/promotion/events.ts'
import {
  type EligibilityFacts,
  type EligibilityReason,
  eligibilityReasonSchema,
  type PromotionTerms,
} from '../../../shared/promotion/terms.ts'
import type { ApiContext } from '../http/context.ts'
import { Problem } from '../http/problems.ts'
import { READ_CONCURRENCY, withTimeout } from '../http/timeout.ts'

/**
 * Basket and buyer as a promotion looks at them; lines of unknown products do not count. `shippingPrice`
 * (minor units) is missing while it is not known where the basket goes.
 */
export function eligibilityFacts(
  lines: readonly { sku: string; quantity: number; unitPrice: Money | undefined }[],
  currency: string,
  customer: CustomerFacts | null,
  shippingPrice?: number,
): EligibilityFacts {
  return {
    currency,
    ...(shippingPrice !== undefined && { shippingPrice }),
    lines: lines.flatMap(({ sku, quantity, unitPrice }) =>
      unitPrice ? [{ sku, quantity, unitPrice: unitPrice.amount }] : [],
    ),
    ...(customer && {
      customerId: customer.customerId,
      customer: { tier: customer.tier, segment: customer.segment, firstOrder: customer.firstOrder },
    }),
  }
}

/**
 * Holds a basket to what can be counted exactly; no order of it could be made.
 *
 * @throws Problem `basket_out_of_range`
 */
export function requireCountable({ lines }: EligibilityFacts): void {
  if (basketTotal(lines) === null)
    throw new Problem('basket_out_of_range', 'The lines come to more than any order may.')
}

/** What a promotion says to a basket: its terms, worth and decision, or every reason against it. */
export type Eligibility =
  | {
      readonly eligible: true
      readonly terms: PromotionTerms
      readonly discount: Money
      readonly decisions: PolicyDecision[]
    }
  | { readonly eligible: false; readonly reasons: EligibilityReason[] }

/** Asks a promotion about a basket. Nothing is claimed: that is done by the order's own process. */
export async function eligibilityOf(
  c: ApiContext,
  code: string,
  orderId: string,
  facts: EligibilityFacts,
): Promise<Eligibility> {
  const { to, command } = toPromotion(code, { type: 'ApplyPromotion', orderId, facts })
  const object = c.env.PROMOTION.getByName(to.id)
  // Asked as another object would: the whole state of a busy promotion is large, and not needed here.
  const reply = await withTimeout<StepReply>(
    object.dispatch({ id: to.id, command, dryRun: true, trace: c.get('trace') }),
  )
  if (!reply.ok) return { eligible: false, reasons: reasonsOf(unpackRefusal(reply.refusal).facts) }
  for (const { type, data } of reply.events) {
    if (type !== 'PromotionApplied') continue
    const applied = promotionEvent.parse({ type, data: JSON.parse(data) })
    if (applied.type !== 'PromotionApplied') continue
    const { terms, discount, decisions } = applied.data
    return { eligible: true, terms, discount, decisions }
  }
  // Claimed for this order before: nothing more would happen.
  const known = await withTimeout(object.read({}))
  if (!known) return { eligible: false, reasons: ['unknown_code'] }
  const nothing = { amount: 0, currency: facts.currency }
  return { eligible: true, terms: known.state.terms, discount: nothing, decisions: [] }
}

/** Asks several promotions about one basket. */
export function eligibilitiesOf(
  c: ApiContext,
  codes: readonly string[],
  orderId: string,
  facts: EligibilityFacts,
): Promise<Eligibility[]> {
  return mapBounded(codes, READ_CONCURRENCY, (code) => eligibilityOf(c, code, orderId, facts))
}

function reasonsOf(facts: Readonly<Record<string, unknown>> | undefined): EligibilityReason[] {
  const reasons = eligibilityReasonSchema.array().min(1).safeParse(facts?.reasons)
  return reasons.success ? reasons.data : ['unknown_code']
}
