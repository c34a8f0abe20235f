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
 * The facts by which a promotion decides. Lines of unknown products are left out. `shippingPrice` (minor units) is
 * undefined while the destination is unknown.
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
 * Refuses a basket whose total exceeds what can be represented exactly; it could not be ordered.
 *
 * @throws Problem `basket_out_of_range`
 */
export function requireCountable({ lines }: EligibilityFacts): void {
  if (basketTotal(lines) === null)
    throw new Problem('basket_out_of_range', 'The lines come to more than any order may.')
}

/** The decision of a promotion: its terms, discount and explanation, or every reason against it. */
export type Eligibility =
  | {
      readonly eligible: true
      readonly terms: PromotionTerms
      readonly discount: Money
      readonly decisions: PolicyDecision[]
    }
  | { readonly eligible: false; readonly reasons: EligibilityReason[] }

/** The decision of a promotion for a basket, as a dry run. The order's own process claims the use. */
export async function eligibilityOf(
  c: ApiContext,
  code: string,
  orderId: string,
  facts: EligibilityFacts,
): Promise<Eligibility> {
  const { to, command } = toPromotion(code, { type: 'ApplyPromotion', orderId, facts })
  const object = c.env.PROMOTION.getByName(to.id)
  // The reply of `dispatch` does not contain the state, which is large for a busy promotion.
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
  // Claimed for this order before: no event.
  const known = await withTimeout(object.read({}))
  if (!known) return { eligible: false, reasons: ['unknown_code'] }
  const nothing = { amount: 0, currency: facts.currency }
  return { eligible: true, terms: known.state.terms, discount: nothing, decisions: [] }
}

/** The decisions of several promotions for one basket. */
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
