import { clock } from '../../durable-objects/clock.ts'
import { unpackRefusal } from '../../durable-objects/protocol.ts'
import type { ProductFacts } from '../../shared/catalog/commands.ts'
import { productFacts } from '../../shared/catalog/state.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Money } from '../../shared/core/money.ts'
import type { CustomerFacts } from '../../shared/customer/commands.ts'
import { customerFacts } from '../../shared/customer/state.ts'
import { toPromotion } from '../../shared/promotion/commands.ts'
import { promotionEvent } from '../../shared/promotion/events.ts'
import {
  type EligibilityFacts,
  type EligibilityReason,
  eligibilityReasonSchema,
  type PromotionTerms,
} from '../../shared/promotion/terms.ts'
import { answerWithin } from './commands.ts'
import type { ApiContext } from './context.ts'
import { customers } from './resources/customer.ts'
import { products } from './resources/product.ts'
import { promotions } from './resources/promotion.ts'

/** Reads of other objects that one request has under way at the same time. */
const READS_AT_ONCE = 16

/** What is known of a product by its SKU; `null` if nothing is. */
export async function productFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  const reading = await answerWithin(products.object(c.env, sku).read({}))
  return reading ? productFacts(reading.state) : null
}

/** What is known of each of these products; a SKU may stand there several times. */
export async function catalogOf(
  c: ApiContext,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProductFacts | null>> {
  const distinct = [...new Set(skus)]
  const facts = await mapBounded(distinct, READS_AT_ONCE, (sku) => productFactsOf(c, sku))
  return new Map(distinct.map((sku, index) => [sku, facts[index] ?? null]))
}

/** What is known of a customer now; `null` if there is none. */
export async function customerFactsOf(c: ApiContext, customerId: string): Promise<CustomerFacts | null> {
  const [reading] = await Promise.all([
    answerWithin(customers.object(c.env, customerId).read({})),
    clock.sync(c.env),
  ])
  return reading ? customerFacts(customerId, reading.state, clock.now()) : null
}

/** Basket and buyer as a promotion looks at them; lines of unknown products do not count. */
export function eligibilityFacts(
  lines: readonly { sku: string; quantity: number; unitPrice: Money | undefined }[],
  currency: string,
  customer: CustomerFacts | null,
): EligibilityFacts {
  return {
    currency,
    lines: lines.flatMap(({ sku, quantity, unitPrice }) =>
      unitPrice ? [{ sku, quantity, unitPrice: unitPrice.amount }] : [],
    ),
    ...(customer && {
      customerId: customer.customerId,
      customer: { tier: customer.tier, segment: customer.segment, firstOrder: customer.firstOrder },
    }),
  }
}

/** What a promotion says to a basket: its terms and worth, or every reason against it. */
export type Eligibility =
  | { readonly eligible: true; readonly terms: PromotionTerms; readonly discount: Money }
  | { readonly eligible: false; readonly reasons: EligibilityReason[] }

/** Asks a promotion about a basket. Nothing is claimed: that is done by the order's own process. */
export async function eligibilityOf(
  c: ApiContext,
  code: string,
  orderId: string,
  facts: EligibilityFacts,
): Promise<Eligibility> {
  const { to, command } = toPromotion(code, { type: 'ApplyPromotion', orderId, facts })
  const reply = await answerWithin(
    promotions.object(c.env, code).execute({ id: to.id, command, dryRun: true, trace: c.get('trace') }),
  )
  if (!reply.ok) return { eligible: false, reasons: reasonsOf(unpackRefusal(reply.refusal).facts) }
  const { terms } = reply.reading.state
  for (const { type, data } of reply.events) {
    if (type !== 'PromotionApplied') continue
    const applied = promotionEvent.parse({ type, data: JSON.parse(data) })
    if (applied.type === 'PromotionApplied') return { eligible: true, terms, discount: applied.data.discount }
  }
  // Claimed for this order before: nothing more would happen.
  return { eligible: true, terms, discount: { amount: 0, currency: facts.currency } }
}

/** Asks several promotions about one basket. */
export function eligibilitiesOf(
  c: ApiContext,
  codes: readonly string[],
  orderId: string,
  facts: EligibilityFacts,
): Promise<Eligibility[]> {
  return mapBounded(codes, READS_AT_ONCE, (code) => eligibilityOf(c, code, orderId, facts))
}

function reasonsOf(facts: Readonly<Record<string, unknown>> | undefined): EligibilityReason[] {
  const reasons = eligibilityReasonSchema.array().min(1).safeParse(facts?.reasons)
  return reasons.success ? reasons.data : ['unknown_code']
}
