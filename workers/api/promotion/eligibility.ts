import { type StepReply, unpackRefusal } from '../../../durable-objects/aggregate/protocol.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { productFacts } from '../../../shared/catalog/state.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import { basketTotal, type Money } from '../../../shared/core/money/money.ts'
import type { PolicyDecision } from '../../../shared/core/policy-decision.ts'
import type { CustomerFacts } from '../../../shared/customer/commands.ts'
import { customerFacts } from '../../../shared/customer/state.ts'
import type { WaitingOrder } from '../../../shared/customer-profile/events.ts'
import { isFirstOrder, waitingOrders } from '../../../shared/customer-profile/state.ts'
import { toPromotion } from '../../../shared/promotion/commands.ts'
import { promotionEvent } from '../../../shared/promotion/events.ts'
import {
  type EligibilityFacts,
  type EligibilityReason,
  eligibilityReasonSchema,
  type PromotionTerms,
} from '../../../shared/promotion/terms.ts'
import { catalogCache } from '../catalog/cache.ts'
import { products } from '../catalog/resource.ts'
import { readCustomer } from '../http/auth/active-customer.ts'
import { withTimeout } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { Problem } from '../http/problems.ts'

/** Reads of other objects that one request has under way at the same time. */
const READ_CONCURRENCY = 16
/** How long a look into the list of orders may take (ms). */
const LIST_TIMEOUT_MS = 2_000

/** What is known of a product by its SKU; `null` if nothing is. */
export async function productFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  const reading = await withTimeout(products.object(c.env, sku).read({}))
  return reading ? productFacts(reading.state) : null
}

/**
 * What a cart is quoted from: as above, but it may be some seconds old. The checkout reads the product
 * itself, and tells a price that has changed.
 */
export function quotedFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  return catalogCache.factsOf(sku, () => productFactsOf(c, sku))
}

/** What is known of each of these products; a SKU may stand there several times. */
export async function catalogOf(
  c: ApiContext,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProductFacts | null>> {
  const distinct = [...new Set(skus)]
  const facts = await mapBounded(distinct, READ_CONCURRENCY, (sku) => productFactsOf(c, sku))
  return new Map(distinct.map((sku, index) => [sku, facts[index] ?? null]))
}

/** A buyer as orders see them; the customer is `null` if there is none. */
export interface Buyer {
  readonly customer: CustomerFacts | null
  /** Orders of theirs that wait for their payment. */
  readonly waiting: WaitingOrder[]
}

/**
 * What there is to know of a buyer: what the order context prices with by its own profile, and of the
 * customer what changes by the hour, standing and points. Without a profile, the first order makes one.
 */
export async function buyerOf(c: ApiContext, customerId: string): Promise<Buyer> {
  const profiles = c.env.CUSTOMER_PROFILE
  const [reading, profile] = await Promise.all([
    readCustomer(c, customerId),
    withTimeout(profiles.getByName(customerId).read({})),
    clock.sync(c.env),
  ])
  if (!reading) return { customer: null, waiting: [] }
  const customer = customerFacts(customerId, reading.state, clock.now())
  if (!profile) {
    const firstOrder = customer.firstOrder && !(await hasOrdered(c, customerId))
    return { customer: { ...customer, firstOrder }, waiting: [] }
  }
  const { tier, segment } = profile.state
  return {
    customer: { ...customer, tier, segment, firstOrder: isFirstOrder(profile.state) },
    waiting: waitingOrders(profile.state, clock.now()),
  }
}

/** What is known of a customer now; `null` if there is none. */
export async function customerFactsOf(c: ApiContext, customerId: string): Promise<CustomerFacts | null> {
  return (await buyerOf(c, customerId)).customer
}

/** Whether a customer from before there were profiles has placed an order: the list knows, some seconds late. */
async function hasOrdered(c: ApiContext, customerId: string): Promise<boolean> {
  const placed = c.env.DATABASE.prepare(
    "SELECT 1 FROM orders WHERE customer_id = ? AND status <> 'cancelled' LIMIT 1",
  ).bind(customerId)
  // The list being down keeps nobody from ordering.
  return withTimeout(placed.first(), LIST_TIMEOUT_MS).then(
    (row) => row !== null,
    () => false,
  )
}

/** The codes of the promotions that a customer was given for themselves, whether used or not. */
export async function personalCodesOf(c: ApiContext, customerId: string): Promise<string[]> {
  const reading = await readCustomer(c, customerId)
  const { welcome, retention } = reading?.state ?? {}
  return [welcome, retention].flatMap((offer) => (offer?.issued ? [offer.promotionCode] : []))
}

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
    object.tell({ id: to.id, command, dryRun: true, trace: c.get('trace') }),
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
