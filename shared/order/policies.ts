import type { CommandOf } from '../core/aggregate.ts'
import { currencyDigits } from '../core/money/currencies.ts'
import { basketTotal, type Money, moneyText } from '../core/money/money.ts'
import { quantityBySku } from '../core/quantity.ts'
import { DAY, earlier, HOUR, type Instant, MINUTE, plus } from '../core/time.ts'
import { pointsBounds } from '../customer/points-terms.ts'
import type { ChargeRule } from '../ports/payment-gateway.ts'
import type { OrderCommand } from './commands.ts'

/** The constants of ordering. Money in hundredths of a unit of the base currency. */
export const orderRules = {
  minLines: 1,
  maxLines: 100,
  minQuantity: 1,
  /** Of each SKU, over all lines. */
  maxQuantity: 999,
  /** 1,000,000.00 */
  maxTotal: 100_000_000,
  maxPromotionCodes: 10,
  /** The hold on stock for an unpaid order. */
  holdMs: 30 * MINUTE,
  /** A payment that starts with less than this left renews the hold. */
  extendHoldBelowMs: 15 * MINUTE,
  /** From the creation of the order, over all payment attempts. */
  maxHoldMs: 3 * HOUR,
  /** The hold on stock during an operator's review of a payment. */
  reviewHoldMs: 24 * HOUR,
  /** The stock's own expiry is this much later, so that a payment in the last second finds it. */
  stockGraceMs: MINUTE,
  maxPaymentTries: 5,
  paymentTriesWindowMs: HOUR,
  /** The delay before each retry of a failed refund; after the last an operator handles it. */
  refundRetryDelaysMs: [HOUR, DAY, 3 * DAY],
  /** Of each payment: the maximum that a payment has. */
  maxRecordedRefunds: 1_000,
  /** From the completion of the order. */
  reviewRequestDelayMs: 3 * DAY,
} as const

/** One violation of an order: a JSON Pointer (RFC 6901) into the request, a code, a sentence. */
export interface Violation {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

type CreateOrder = CommandOf<OrderCommand, 'CreateOrder'>

/**
 * All violations of an order: lines, quantities, every SKU known, on sale and in one currency, a carrier
 * for the address.
 */
export function orderValidationPolicy(order: CreateOrder): Violation[] {
  const { lines } = order
  const violations: Violation[] = []
  const report = (pointer: string, code: string, detail: string) => violations.push({ pointer, code, detail })
  if (lines.length < orderRules.minLines) report('/lines', 'no_lines', 'An order has at least one line.')
  if (lines.length > orderRules.maxLines)
    report('/lines', 'too_many_lines', `An order has at most ${orderRules.maxLines} lines.`)
  const currency = lines.find((line) => line.product)?.product?.price.currency
  for (const [index, { sku, quantity, product }] of lines.entries()) {
    if (quantity < orderRules.minQuantity)
      report(`/lines/${index}/quantity`, 'quantity_out_of_range', 'A line has a quantity of at least 1.')
    if (!product) report(`/lines/${index}/sku`, 'unknown_sku', `There is no product ${sku}.`)
    else if (!product.onSale)
      report(`/lines/${index}/sku`, 'product_not_on_sale', `${sku} is no longer sold.`)
    else if (product.price.currency !== currency)
      report(
        `/lines/${index}/sku`,
        'mixed_currencies',
        `${sku} is sold in ${product.price.currency}, others in ${currency}.`,
      )
    else if (!currencyDigits.has(product.price.currency))
      report(
        `/lines/${index}/sku`,
        'currency_not_listed',
        `${sku} is sold in ${product.price.currency}, which is no currency of ISO 4217.`,
      )
  }
  const priced = lines.map(({ quantity, product }) => ({ quantity, unitPrice: product?.price.amount ?? 0 }))
  if (basketTotal(priced) === null)
    report('/lines', 'total_out_of_range', 'The lines come to more than can be counted.')
  for (const [sku, quantity] of quantityBySku(lines)) {
    if (quantity <= orderRules.maxQuantity) continue
    const index = lines.findIndex((line) => line.sku === sku)
    report(
      `/lines/${index}/quantity`,
      'quantity_out_of_range',
      `At most ${orderRules.maxQuantity} of ${sku} in one order.`,
    )
  }
  if (order.promotions.length > orderRules.maxPromotionCodes)
    report(
      '/promotionCodes',
      'too_many_codes',
      `At most ${orderRules.maxPromotionCodes} promotion codes in one order.`,
    )
  if (!order.shippingQuote)
    report(
      '/shippingAddress',
      'no_carrier',
      'No carrier takes this parcel to this address with this service.',
    )
  return violations
}

/**
 * Why the gateway cannot charge a total: its currency, its minimum and maximum amounts, its steps.
 * No violation for a total of zero, which is not charged.
 */
export function chargeabilityPolicy({ amount, currency }: Money, rule: ChargeRule | null): Violation[] {
  if (amount === 0) return []
  if (!rule) {
    const detail = `The payment gateway takes no ${currency}.`
    return [{ pointer: '/paymentMethod', code: 'currency_not_chargeable', detail }]
  }
  const text = (units: number) => moneyText({ amount: units, currency })
  const { minimum, maximum, step } = rule
  const violations: Violation[] = []
  const report = (code: string, detail: string) => violations.push({ pointer: '/lines', code, detail })
  if (amount < minimum)
    report('total_below_charge_minimum', `The least that can be charged is ${text(minimum)}.`)
  if (amount > maximum)
    report('total_above_charge_maximum', `The most that can be charged is ${text(maximum)}.`)
  if (amount % step !== 0)
    report('total_not_chargeable', `Only multiples of ${text(step)} can be charged, not ${text(amount)}.`)
  return violations
}

/** Whether the points can be redeemed; `subtotal` in minor units of the base currency, as points are. */
export function pointsPolicy(
  points: number,
  subtotal: number,
): { allowed: boolean; minimum: number; maximum: number } {
  const { minimum, maximum } = pointsBounds(subtotal)
  return { allowed: points === 0 || (points >= minimum && points <= maximum), minimum, maximum }
}

/** Whether another payment attempt is allowed: at most five per order and hour. */
export function paymentTriesPolicy(
  payments: readonly { startedAt: Instant }[],
  now: Instant,
): { allowed: boolean; tries: number } {
  const since = plus(now, -orderRules.paymentTriesWindowMs)
  const tries = payments.filter((payment) => payment.startedAt > since).length
  return { allowed: tries < orderRules.maxPaymentTries, tries }
}

/** The end of a hold on stock, and the rule that set it. */
interface Hold {
  readonly holdUntil: Instant
  readonly extended: boolean
  readonly rule: 'enough_left' | 'extended' | 'longest_hold'
}

/**
 * Until when stock is held once a payment starts: a hold that is about to end is renewed, up to
 * `maxHoldMs` after the creation of the order. It is never shortened.
 */
export function holdPolicy(hold: { orderedAt: Instant; until: Instant }, now: Instant): Hold {
  const { orderedAt, until } = hold
  if (plus(now, orderRules.extendHoldBelowMs) <= until)
    return { holdUntil: until, extended: false, rule: 'enough_left' }
  const anew = plus(now, orderRules.holdMs)
  const longest = plus(orderedAt, orderRules.maxHoldMs)
  const rule = anew <= longest ? 'extended' : 'longest_hold'
  const holdUntil = earlier(anew, longest)
  return holdUntil > until ? { holdUntil, extended: true, rule } : { holdUntil: until, extended: false, rule }
}

/**
 * Until when stock is held for a review: `reviewHoldMs` from now, but at most `maxHoldMs` plus
 * `reviewHoldMs` after the creation of the order.
 */
export function reviewHoldPolicy(orderedAt: Instant, now: Instant): Instant {
  const { maxHoldMs, reviewHoldMs } = orderRules
  return earlier(plus(now, reviewHoldMs), plus(orderedAt, maxHoldMs + reviewHoldMs))
}

/** When a refund is requested again after so many retries; missing: never. */
export function refundRetryPolicy(
  retries: number,
  now: Instant,
): { rule: 'retry_later' | 'retries_used_up'; retryAt?: Instant } {
  const wait = orderRules.refundRetryDelaysMs[retries]
  return wait === undefined ? { rule: 'retries_used_up' } : { rule: 'retry_later', retryAt: plus(now, wait) }
}
