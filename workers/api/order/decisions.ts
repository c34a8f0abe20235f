import { z } from '@hono/zod-openapi'
import { moneyText } from '../../../shared/core/money/money.ts'
import { allocationSchema } from '../../../shared/inventory/events.ts'
import type { RememberedDecision } from '../../../shared/order/decisions.ts'
import { orderPromotionSchema } from '../../../shared/order/events.ts'
import type { Order, OrderPayment } from '../../../shared/order/state.ts'
import { type EligibilityReason, eligibilityReasonSchema } from '../../../shared/promotion/terms.ts'

/** Explanation of an order: rule ids for programs, sentences for people. */
export const orderDecisionsResource = z
  .object({
    promotions: z.array(
      orderPromotionSchema.extend({
        rule: z.string().optional().openapi({ description: 'Of promotionStackingPolicy.' }),
        detail: z.string(),
      }),
    ),
    payments: z.array(
      z.object({
        paymentId: z.string(),
        outcome: z.enum(['pending', 'review', 'processed', 'failed', 'returned', 'disputed']),
        code: z.string().optional(),
        score: z.int().optional().openapi({ description: 'Of fraudDetectionPolicy, where it decided.' }),
        rules: z.array(z.string()),
        detail: z.string(),
      }),
    ),
    stock: z.array(
      z.object({
        sku: z.string(),
        rule: z.string().openapi({ description: 'Of allocationPolicy.' }),
        allocations: z.array(allocationSchema),
        detail: z.string(),
      }),
    ),
    shipping: z.object({
      carrier: z.string(),
      service: z.string(),
      rules: z.array(z.string()).openapi({ description: 'Of deliveryRoutingPolicy and deliveryTimePolicy.' }),
      detail: z.string(),
    }),
  })
  .openapi('OrderDecisions')
export type OrderDecisions = z.infer<typeof orderDecisionsResource>

/** Explains an order from the decisions in its events. */
export function explainOrder(order: Order): OrderDecisions {
  return {
    promotions: order.promotions.map((promotion) => explainPromotion(promotion, order)),
    payments: order.payments.map(explainPayment),
    stock: order.reservations.map((reservation) => explainStock(reservation, order)),
    shipping: explainShipping(order),
  }
}

const ineligibleBecause: Readonly<Record<EligibilityReason, string>> = {
  unknown_code: 'there is no such code for this customer',
  not_started: 'it has not started',
  expired: 'it has ended',
  exhausted: 'it was used as often as it may be',
  per_customer_limit: 'this customer has used it as often as one may',
  minimum_spend: 'the order is below its minimum',
  first_order_only: 'it is for a first order',
  wrong_segment: 'it is for other customers',
  wrong_tier: 'it is for customers of another loyalty tier',
  no_matching_product: 'none of its products is in the order',
  wrong_currency: 'it is in another currency',
  worth_nothing: 'it takes nothing off this order, and none of its uses was claimed',
  not_combinable: 'it cannot stand beside the others',
}

const whyBeaten: Readonly<Record<string, string>> = {
  best_discount: 'takes more off',
  priority: 'has the higher priority',
  code: 'comes first among equals',
}

function explainPromotion(
  { code, applied, reason }: Order['promotions'][number],
  order: Order,
): OrderDecisions['promotions'][number] {
  if (applied) return { code, applied, detail: explainDiscount(code, order) }
  if (reason === 'not_combinable') {
    const stacking = decisionsOf(order, 'promotionStackingPolicy')[0]
    const lost = stacking?.rejected?.find((rejection) => rejection.code === code)
    if (lost) {
      const winners = lost.beatenBy.join(' and ')
      const why = whyBeaten[stacking?.rules[0] ?? ''] ?? 'was chosen'
      const detail = `${code} was left out: it cannot stand beside ${winners}, which ${why}.`
      return { code, applied, reason, rule: lost.rule, detail }
    }
  }
  const decision = decisionsOf(order, 'promotionEligibilityPolicy').find(({ about }) => about === code)
  const rules = eligibilityReasonSchema.array().min(1).safeParse(decision?.rules).data
  const reasons = rules ?? (reason === undefined ? [] : [reason])
  const detail = `${code} does not apply: ${reasons.map((one) => ineligibleBecause[one]).join('; ')}.`
  return { code, applied, ...(reason !== undefined && { reason }), detail }
}

function explainDiscount(code: string, { pricing }: Order): string {
  const amount = pricing.discounts
    .filter((discount) => discount.code === code)
    .reduce((total, discount) => total + discount.amount, 0)
  return amount > 0
    ? `${code} takes ${moneyText({ amount, currency: pricing.currency })} off.`
    : `${code} applies, but there was nothing left to take off.`
}

const suspicions: Readonly<Record<string, string>> = {
  velocity: 'many payments within ten minutes',
  failed_tries: 'several failed tries',
  amount_over_average: 'far more than the customer usually pays',
  new_account: 'a large amount from a new account',
  card_country: 'a card from another country than the address',
  disposable_email: 'a disposable mail address',
}

function explainPayment(payment: OrderPayment): OrderDecisions['payments'][number] {
  const { id: paymentId, status, disputed, code, score, rules = [], abandoned } = payment
  const open = abandoned ? ' What is owed of it could not be refunded: an operator has to see to it.' : ''
  return {
    paymentId,
    outcome: disputed ? 'disputed' : status,
    ...(code !== undefined && { code }),
    ...(score !== undefined && { score }),
    rules,
    detail: `${disputed ? 'The bank of the card disputes it.' : explainStatus(payment)}${open}`,
  }
}

function explainStatus({ status, code, score = 0, rules = [] }: OrderPayment): string {
  const suspicion = rules.map((rule) => suspicions[rule] ?? rule).join(', ')
  switch (status) {
    case 'pending':
      return 'What came of it is not known yet.'
    case 'review':
      return `An operator has to look at it: its fraud score is ${score} (${suspicion}).`
    case 'processed':
      return 'The money was taken.'
    case 'failed':
      return score > 0
        ? `Nothing was taken: ${code}. Its fraud score is ${score} (${suspicion}).`
        : `Nothing was taken: ${code}.`
    case 'returned':
      return 'The money came when the order no longer wanted it, and goes back.'
  }
}

const whyFrom: Readonly<Record<string, string>> = {
  single_location: 'one location has all of it',
  fewest_locations: 'no location has all of it, and these are the fewest',
}

function explainStock(
  { sku, allocations }: Order['reservations'][number],
  order: Order,
): OrderDecisions['stock'][number] {
  const decision = decisionsOf(order, 'allocationPolicy').find(({ about }) => about === sku)
  const rule = decision?.rules[0] ?? 'held_before'
  const places = allocations.map(({ location, quantity }) => `${quantity} from ${location}`).join(', ')
  const detail = decision ? `${places}: ${whyFrom[rule] ?? rule}.` : 'It had been held for this order before.'
  return { sku, rule, allocations, detail }
}

const whyCarrier: Readonly<Record<string, string>> = {
  cheapest: 'it is the cheapest that goes there',
  cheapest_of_service: 'it is the cheapest of the service that was asked for',
  cheapest_by_date: 'it is the cheapest that arrives in time',
  leaves_today: 'the parcel was ready before the cut-off hour',
  after_cut_off: 'the cut-off hour of the day had passed',
  not_a_working_day: 'it was not a working day',
}

function explainShipping({ shippingQuote }: Order): OrderDecisions['shipping'] {
  const { carrier, service, rules = [], promisedTo } = shippingQuote
  const why = rules.map((rule) => whyCarrier[rule] ?? rule).join('; ')
  const promise = `${carrier} (${service}) promises it by ${promisedTo}`
  return { carrier, service, rules, detail: why === '' ? `${promise}.` : `${promise}: ${why}.` }
}

function decisionsOf({ decisions }: Order, policy: string): RememberedDecision[] {
  return decisions.filter((decision) => decision.policy === policy)
}
