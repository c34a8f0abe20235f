import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { CustomerFacts } from '../customer/commands.ts'
import type { OrderCommand, PromotionQuote } from './commands.ts'
import { creationDecisions, pointsDecision } from './decisions.ts'
import type { OrderEvent, OrderPromotion } from './events.ts'
import { orderRules, orderValidationPolicy, pointsPolicy, type Violation } from './policies.ts'
import { orderDiscountPolicy, type PricingDecision } from './pricing.ts'
import { refuse } from './refusals.ts'
import type { Order } from './state.ts'

type CreateOrder = CommandOf<OrderCommand, 'CreateOrder'>

/**
 * Takes an order: valid, priced, every promotion accepted or knowingly left out, or beaten by a better one.
 * Refuses with `customer_not_active`, `order_invalid`, `promotion_refused` or `points_unavailable`.
 */
export function createOrder(
  command: CreateOrder,
  state: Order | null,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (state) return refuse('order_exists', `There is an order ${context.id} already.`)
  const { customer, shippingQuote } = command
  if (customer?.status !== 'active')
    return refuse('customer_not_active', 'The customer is unknown, not verified yet, or suspended.')
  const violations = orderValidationPolicy(command)
  if (violations.length > 0 || !shippingQuote) return invalid(violations)
  if (command.redeemPoints > customer.pointsAvailable)
    return refuse('points_unavailable', `${customer.pointsAvailable} points are available.`, {
      available: customer.pointsAvailable,
    })
  return price(command, customer, shippingQuote)
}

function price(
  command: CreateOrder,
  customer: CustomerFacts,
  shippingQuote: NonNullable<CreateOrder['shippingQuote']>,
): Decision<OrderEvent> {
  const currency = command.lines[0]?.product?.price.currency ?? shippingQuote.price.currency
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
    shippingPrice: shippingQuote.price.amount,
  })
  const promotions = command.promotions.map((quote) => became(quote, { notCombinable, worthless }))
  // One that others leave nothing to do is not refused: it is told to the customer with the order.
  const refused = promotions.filter((_, index) => 'reasons' in (command.promotions[index] ?? {}))
  if (refused.length > 0 && !command.skipInvalidPromotions) return promotionRefused(command, refused)
  if (pricing.total > orderRules.maxTotal)
    return invalid([
      {
        pointer: '/lines',
        code: 'total_out_of_range',
        detail: 'An order comes to at most 1,000,000.00 in all.',
      },
    ])
  const redeemPoints = pricing.discounts.find((discount) => discount.source === 'points')?.amount ?? 0
  const { allowed, minimum, maximum } = pointsPolicy(redeemPoints, pricing.subtotal)
  if (!allowed)
    return refuse('points_unavailable', `${redeemPoints} points would pay for this order.`, {
      minimum,
      maximum,
    })
  return accept({
    type: 'OrderCreated',
    data: {
      customerId: customer.customerId,
      ...(command.cartId !== undefined && { cartId: command.cartId }),
      pricing,
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
      decisions: [
        ...creationDecisions(command, shippingQuote),
        ...decisions,
        ...pointsDecision(redeemPoints, { minimum, maximum }),
      ],
    },
  })
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
