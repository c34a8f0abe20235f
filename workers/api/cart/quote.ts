import { z } from '@hono/zod-openapi'
import { priceReviewPolicy } from '../../../shared/cart/policies.ts'
import { type Cart, isClosed } from '../../../shared/cart/state.ts'
import { skuSchema } from '../../../shared/core/ids.ts'
import { countingOf, toBase } from '../../../shared/core/money/exchange.ts'
import { pointsTerms, redeemablePoints } from '../../../shared/customer/points-terms.ts'
import { orderDiscountPolicy, type PricingDecision } from '../../../shared/order/checkout/pricing.ts'
import { discountSchema, orderLineSchema } from '../../../shared/order/events.ts'
import { eligibilityReasonSchema } from '../../../shared/promotion/terms.ts'
import { catalogOf } from '../catalog/facts.ts'
import { customerFactsOf, personalCodesOf } from '../customer/facts.ts'
import { customerIdOf } from '../http/auth/authorization.ts'
import type { ApiContext } from '../http/context.ts'
import { sendJson } from '../http/context.ts'
import { idParams } from '../http/fields.ts'
import { jsonResponse, queryResponses } from '../http/openapi/documented.ts'
import { newApi, nothing, queryRoute } from '../http/operation.ts'
import { Problem } from '../http/problems.ts'
import { moneyIn, moneyResource } from '../http/resource.ts'
import { currenciesOf } from '../http/settings.ts'
import {
  type Eligibility,
  eligibilitiesOf,
  eligibilityFacts,
  requireCountable,
} from '../promotion/eligibility.ts'
import { carts } from './resource.ts'
import { readOwnCart } from './routes.ts'

const quoteResource = z
  .object({
    cartId: z.string(),
    version: z.int().openapi({ description: 'The version of the quoted cart.' }),
    lines: z.array(
      orderLineSchema
        .pick({ sku: true, name: true, quantity: true })
        .extend({ unitPrice: moneyResource, discount: moneyResource, total: moneyResource }),
    ),
    unavailable: z.array(skuSchema).openapi({ description: 'No longer sold; not in `lines`.' }),
    priceChanges: z
      .array(z.object({ sku: skuSchema, from: moneyResource, to: moneyResource }))
      .openapi({ description: 'What the checkout would report as `price_changed`.' }),
    subtotal: moneyResource,
    discounts: z.array(discountSchema.pick({ source: true, code: true }).extend({ amount: moneyResource })),
    total: moneyResource.openapi({ description: 'Without shipping, which depends on the address.' }),
    promotions: z.array(
      z.object({
        code: z.string(),
        applied: z.boolean(),
        reasons: z.array(eligibilityReasonSchema),
        beatenBy: z.array(z.string()).openapi({ description: 'With `not_combinable`: the codes that win.' }),
      }),
    ),
    offers: z.array(z.object({ code: z.string(), discount: moneyResource })).openapi({
      description:
        "The customer's personal promotions that are not in the cart, with the discount of each alone.",
    }),
    points: z
      .object({
        available: z.int(),
        minimum: z.int(),
        maximum: z.int().openapi({
          description:
            'What may be redeemed for this cart; one is one minor unit of the base currency. Zero in a currency without a rate.',
        }),
      })
      .nullable()
      .openapi({ description: 'Null for a guest.' }),
  })
  .openapi('CartQuote')

export const cartQuoteRoutes = newApi()

cartQuoteRoutes.openapi(
  queryRoute({
    operationId: 'quoteCart',
    path: '/carts/{id}/quote',
    tag: carts.collection,
    summary: 'Quotes the cart: its price now, which codes apply and why others do not, and redeemable points',
    description: 'Priced like an order, at current prices. Changes and claims nothing.',
    who: 'anyone',
    params: idParams('crt'),
    query: nothing,
    responses: queryResponses(jsonResponse('The quote.', quoteResource)),
  }),
  async (c) => {
    const { id, version, state: cart } = await readOwnCart(c, c.req.valid('param').id)
    if (isClosed(cart)) throw new Problem('cart_closed', 'The cart is checked out or merged into another.')
    const customerId = cart.customerId ?? customerIdOf(c.get('caller'))
    const [catalog, customer, personalCodes] = await Promise.all([
      catalogOf(
        c,
        cart.lines.map(({ sku }) => sku),
      ),
      customerId === null ? null : customerFactsOf(c, customerId),
      customerId === null ? [] : personalCodesOf(c, customerId),
    ])
    const products = [...catalog.values()].filter((product) => product !== null)
    const review = priceReviewPolicy(cart.lines, products)
    const facts = eligibilityFacts(review.lines, cart.currency, customer)
    requireCountable(facts)
    const codes = cart.promotions.map(({ code }) => code)
    const further = personalCodes.filter((code) => !codes.includes(code))
    const [eligibilities, offered] = await Promise.all([
      eligibilitiesOf(c, codes, id, facts),
      eligibilitiesOf(c, further, id, facts),
    ])
    const priced = orderDiscountPolicy({
      currency: cart.currency,
      // The weight only affects shipping.
      lines: review.lines.map((line) => ({ ...line, unitPrice: line.unitPrice.amount, weightGrams: 0 })),
      terms: eligibilities.flatMap((found) => (found.eligible ? [found.terms] : [])),
      tier: customer?.tier ?? 'bronze',
      redeemPoints: 0,
      shippingPrice: 0,
    })
    const promotions = codes.map((code, index) => outcomeOf(code, eligibilities[index], priced))
    const offers = further.flatMap((code, index) => {
      const offer = offered[index]
      return offer?.eligible ? [{ code, discount: offer.discount }] : []
    })
    return sendJson(c, {
      ...{ cartId: id, version },
      ...render(cart, priced, review, customer && redeemable(c, customer.pointsAvailable, priced)),
      ...{ promotions, offers },
    })
  },
)

function render(
  { currency }: Cart,
  { pricing }: PricingDecision,
  review: ReturnType<typeof priceReviewPolicy>,
  points: ReturnType<typeof redeemable> | null,
) {
  const money = moneyIn(currency)
  const { subtotal } = pricing
  return {
    lines: pricing.lines.map(({ sku, name, quantity, unitPrice, discount, total }) => ({
      ...{ sku, name, quantity },
      ...{ unitPrice: money(unitPrice), discount: money(discount), total: money(total) },
    })),
    unavailable: review.unavailable,
    priceChanges: review.changes,
    subtotal: money(subtotal),
    discounts: pricing.discounts.map(({ source, code, amount }) => ({ source, code, amount: money(amount) })),
    total: money(pricing.total),
    points,
  }
}

/** How many points may pay for these lines. */
function redeemable(c: ApiContext, available: number, { pricing }: PricingDecision) {
  const { currency, subtotal: amount } = pricing
  const subtotal = toBase({ amount, currency }, countingOf(currenciesOf(c.env), currency)) ?? 0
  return { available, minimum: pointsTerms.minimum, maximum: redeemablePoints(available, subtotal) }
}

function outcomeOf(
  code: string,
  eligibility: Eligibility | undefined,
  { stacking, worthless }: PricingDecision,
) {
  if (!eligibility?.eligible)
    return { code, applied: false, reasons: eligibility?.reasons ?? [], beatenBy: [] }
  // A discount on shipping is unknown before the destination is.
  if (worthless.includes(code) && eligibility.terms.class !== 'shipping')
    return { code, applied: false, reasons: ['worth_nothing' as const], beatenBy: [] }
  const lost = stacking.rejected.find((rejection) => rejection.code === code)
  return { code, applied: !lost, reasons: lost ? [lost.reason] : [], beatenBy: lost?.beatenBy ?? [] }
}
