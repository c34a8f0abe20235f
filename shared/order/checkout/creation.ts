import { toCart } from '../../cart/commands.ts'
import type { CommandOf, DecisionContext } from '../../core/aggregate.ts'
import { type Effect, send } from '../../core/effect.ts'
import {
  type Counting,
  countingOf,
  exceeds,
  fromBase,
  limitIn,
  measured,
  toBase,
} from '../../core/money/exchange.ts'
import { type Currency, type Money, moneyText } from '../../core/money/money.ts'
import { quantityBySku } from '../../core/quantity.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import type { CustomerFacts } from '../../customer/commands.ts'
import { refuseToWait } from '../../customer-profile/waiting.ts'
import { quoteDecisions } from '../../delivery/events.ts'
import type { OrderCommand, PromotionQuote } from '../commands.ts'
import { creationDecisions, pointsDecision, withDecisions } from '../decisions.ts'
import type { OrderEvent, OrderEventOf, OrderPromotion, Pricing } from '../events.ts'
import {
  chargeabilityPolicy,
  orderRules,
  orderValidationPolicy,
  pointsPolicy,
  type Violation,
} from '../policies.ts'
import { refuse } from '../refusals.ts'
import { type Order, type OrderFeature, POINTS } from '../state.ts'
import { claimOrReserve, openPlace } from './claims.ts'
import { orderDiscountPolicy, type PricingDecision } from './pricing.ts'

type CreateOrder = CommandOf<OrderCommand, 'CreateOrder'>

/** The creation of an order: it is validated, priced, and reported to the cart and the customer's profile. */
export const creation = {
  creation: {
    evolve: { OrderCreated: (_, data, at) => created(data, at) },
    decide: { CreateOrder: createOrder },
  },
  decide: {
    // The order is valid even if its cart was closed in another way.
    RecordCartClosed: () => accept(),
  },
  react: {
    OrderCreated: (_, state, { id, at }) => [
      ...closeCart(state, id),
      ...(state.awaitsPlace ? [] : [claimOrReserve(state, at, id)]),
      openPlace(state, id),
    ],
  },
} satisfies OrderFeature

/** The initial state: every promotion and the points are still to be claimed. */
function created(
  { placeFirst = false, ...data }: OrderEventOf<'OrderCreated'>['data'],
  createdAt: Instant,
): Order {
  const { decisions: _, ...shippingQuote } = data.shippingQuote
  const rules = quoteDecisions(data.shippingQuote).flatMap((decision) => decision.rules)
  return {
    ...data,
    shippingQuote: { ...shippingQuote, rules },
    decisions: withDecisions([], data.decisions),
    createdAt,
    awaitsPlace: placeFirst,
    status: 'pending',
    paymentStatus: 'unpaid',
    fulfilmentStatus: 'unfulfilled',
    openClaims: [...data.terms.map((terms) => terms.code), ...(data.redeemPoints > 0 ? [POINTS] : [])],
    reservations: [],
    stockCommitted: false,
    payments: [],
    deliveries: [],
    reviewsRequested: false,
    personalDataErased: false,
  }
}

/**
 * Accepts a valid order; each promotion is applied, skipped on request, or rejected for a better one.
 * Refuses with what its cart refuses, `customer_not_active`, `order_invalid`, `promotion_refused`, `points_currency`,
 * `points_unavailable`, `too_many_open_orders` or `too_many_units_held`.
 */
function createOrder(
  command: CreateOrder,
  state: Order | null,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (state) return refuse('order_exists', `There is an order ${context.id} already.`)
  const { cartRefusal, customer, shippingQuote } = command
  if (cartRefusal) return { events: [], refusal: cartRefusal }
  if (customer?.status !== 'active')
    return refuse('customer_not_active', 'The customer is unknown, not verified yet, or suspended.')
  const violations = orderValidationPolicy(command)
  if (violations.length > 0 || !shippingQuote) return invalid(violations)
  if (command.redeemPoints > customer.pointsAvailable)
    return refuse('points_unavailable', `${customer.pointsAvailable} points are available.`, {
      available: customer.pointsAvailable,
    })
  const currency = command.lines[0]?.product?.price.currency ?? shippingQuote.price.currency
  const counting = countingOf(context.currencies, currency)
  if (command.redeemPoints > 0 && counting === null)
    return refuse('points_currency', `No rate of ${currency} is declared, so points are worth nothing in it.`)
  return price(command, customer, shippingQuote, currency, counting, context.id)
}

function price(
  command: CreateOrder,
  customer: CustomerFacts,
  shippingQuote: NonNullable<CreateOrder['shippingQuote']>,
  currency: Currency,
  counting: Counting,
  orderId: string,
): Decision<OrderEvent> {
  const { pricing, accepted, notCombinable, worthless, decisions } = orderDiscountPolicy({
    currency,
    lines: command.lines.flatMap(({ sku, quantity, product }) =>
      product
        ? [
            {
              sku,
              quantity,
              name: product.name,
              unitPrice: product.price.amount,
              weightGrams: product.weightGrams,
            },
          ]
        : [],
    ),
    terms: command.promotions.flatMap((quote) => ('terms' in quote ? [quote.terms] : [])),
    tier: customer.tier,
    redeemPoints: command.redeemPoints,
    counting,
    shippingPrice: shippingQuote.price.amount,
  })
  const promotions = command.promotions.map((quote) => became(quote, { notCombinable, worthless }))
  // A promotion that has no effect after others is not refused; the order lists it as not applied.
  const refused = promotions.filter((_, index) => 'reasons' in (command.promotions[index] ?? {}))
  if (refused.length > 0 && !command.skipInvalidPromotions) return promotionRefused(command, refused)
  const total = { amount: pricing.total, currency }
  const unpayable = [
    ...aboveCeiling(total, counting),
    ...(command.chargeRule === undefined ? [] : chargeabilityPolicy(total, command.chargeRule)),
  ]
  if (unpayable.length > 0) return invalid(unpayable)
  const subtotal = { amount: pricing.subtotal, currency }
  const redeemPoints = pointsTaken(command.redeemPoints, pricing, counting)
  const { allowed, minimum, maximum } = pointsPolicy(redeemPoints, toBase(subtotal, counting) ?? 0)
  if (!allowed)
    return refuse('points_unavailable', `${redeemPoints} points would pay for this order.`, {
      minimum,
      maximum,
    })
  const { placedBy = 'customer', waiting = [] } = command
  const waits = command.paymentMethod === undefined && pricing.total > 0
  // An order that is paid at once holds stock only briefly, so the limit of units does not apply.
  const units = quantityBySku(waits ? command.lines : []).map(([sku, quantity]) => ({ sku, quantity }))
  const isLimited = placedBy === 'customer' && pricing.total > 0
  const refusedPlace = isLimited ? refuseToWait(waiting, { orderId, units }) : null
  if (refusedPlace) return refusedPlace
  const placeFirst = (isLimited && waits) || (customer.firstOrder && accepted.length > 0)
  return accept({
    type: 'OrderCreated',
    data: {
      customerId: customer.customerId,
      ...(command.cartId !== undefined && { cartId: command.cartId }),
      pricing,
      ...(counting !== undefined && { exchange: counting }),
      promotions,
      terms: [...accepted],
      tier: customer.tier,
      redeemPoints,
      shippingAddress: command.shippingAddress,
      shippingQuote,
      ...(command.paymentMethod !== undefined && { paymentMethod: command.paymentMethod }),
      skipInvalidPromotions: command.skipInvalidPromotions,
      firstOrder: customer.firstOrder,
      segment: customer.segment,
      ...(placedBy === 'operator' && { placedBy }),
      ...(placeFirst && { placeFirst }),
      decisions: [
        ...creationDecisions(command, shippingQuote, total, counting),
        ...decisions,
        ...pointsDecision(redeemPoints, { minimum, maximum }, subtotal, counting),
      ],
    },
  })
}

/** The maximum applies in the base currency; without a rate, to the same number of units of the order's currency. */
function aboveCeiling(total: Money, counting: Counting): Violation[] {
  if (!exceeds(total, orderRules.maxTotal, counting)) return []
  const { currency } = measured(total, counting)
  const most = moneyText({ amount: limitIn(orderRules.maxTotal, currency), currency })
  return [
    { pointer: '/lines', code: 'total_out_of_range', detail: `An order comes to at most ${most} in all.` },
  ]
}

/**
 * The points that are redeemed: fewer than requested where discounts leave less to pay. Any discount costs at least
 * one point: an amount worth less than half a point would otherwise be free.
 */
function pointsTaken(asked: number, { currency, discounts }: Pricing, counting: Counting): number {
  const amount = discounts.find((discount) => discount.source === 'points')?.amount ?? 0
  if (amount === 0 || amount === fromBase(asked, currency, counting)) return amount === 0 ? 0 : asked
  return Math.max(1, toBase({ amount, currency }, counting) ?? 0)
}

function became(
  quote: PromotionQuote,
  { notCombinable, worthless }: Pick<PricingDecision, 'notCombinable' | 'worthless'>,
): OrderPromotion {
  const { code } = quote
  if ('reasons' in quote) return { code, applied: false, reason: quote.reasons[0] }
  if (notCombinable.includes(code)) return { code, applied: false, reason: 'not_combinable' }
  return worthless.includes(code)
    ? { code, applied: false, reason: 'worth_nothing' }
    : { code, applied: true }
}

function promotionRefused(command: CreateOrder, refused: readonly OrderPromotion[]): Decision<OrderEvent> {
  return refuse('promotion_refused', refused.map(({ code, reason }) => `${code}: ${reason}`).join(', '), {
    promotions: refused.map(({ code, reason }) => ({ code, reason })),
    errors: refused.map(({ code, reason }) => ({
      pointer: `/promotionCodes/${command.promotions.findIndex((quote) => quote.code === code)}`,
      code: reason,
      detail: `${code} does not apply.`,
    })),
  })
}

function invalid(violations: readonly Violation[]): Decision<OrderEvent> {
  return refuse('order_invalid', violations.map((violation) => violation.detail).join(' '), {
    errors: violations,
  })
}

/** Closes the cart of the order. */
function closeCart(state: Order, id: string): Effect[] {
  const { cartId, customerId } = state
  return cartId === undefined
    ? []
    : [send(toCart(cartId, { type: 'CheckOut', orderId: id, customerId }), { type: 'RecordCartClosed' })]
}
