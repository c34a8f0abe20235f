import { fraction, sum } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { quantityBySku } from '../core/quantity.ts'
import type { RefundedLine } from './events.ts'
import { paymentRules } from './policies.ts'
import type { PaymentRefusalCode } from './refusals.ts'
import { type ChargedPayment, refundable, standingRefunds } from './state.ts'

/** The amounts paid for each product and for shipping, in minor units of the payment's currency. */
export interface RefundBasis {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly total: number }[]
  readonly shipping: number
}

/** The requested refund: an amount (minor units), or products and shipping costs, or all that is left. */
export interface RefundQuestion {
  readonly amount?: number | undefined
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[] | undefined
  readonly shipping?: boolean | undefined
  readonly basis?: RefundBasis | undefined
}

/** The permitted refund, or why there is none. */
type RefundDecision =
  | {
      readonly allowed: true
      /** Minor units, at least 1. */
      readonly amount: number
      readonly lines?: RefundedLine[]
      readonly shipping?: number
      readonly decision: PolicyDecision
    }
  | RefundRefusal

interface RefundRefusal {
  readonly allowed: false
  readonly code: PaymentRefusalCode
  readonly detail: string
  readonly facts?: Readonly<Record<string, unknown>>
}

/**
 * Decides on a refund of a charge that is not disputed. Standing refunds, including those under way, count
 * as refunded, so that their total never exceeds the charge; of each product at most the bought quantity
 * is refunded, and the shipping costs once.
 *
 * Refuses with `refund_invalid`, `refund_line_unknown`, `refund_quantity_exceeded`, `shipping_refunded`,
 * `nothing_to_refund`, `refund_exceeds_charge` or `too_many_refunds`.
 */
export function refundPolicy(payment: ChargedPayment, question: RefundQuestion): RefundDecision {
  const asked = requestedRefund(payment, question)
  if (!asked.allowed) return asked
  const { rules, amount, lines, shipping } = asked
  const left = refundable(payment)
  const { currency } = payment.amount
  if (amount === 0)
    return refusal(
      'nothing_to_refund',
      left === 0 ? 'Nothing is left of the charge.' : 'It comes to nothing.',
    )
  if (amount > left)
    return refusal('refund_exceeds_charge', `Of the charge, ${left} ${currency} (minor units) are left.`, {
      refundable: { amount: left, currency },
    })
  const { maxPerPayment, maxLinesPerPayment } = paymentRules.refunds
  const lineCount = sum(payment.refunds.map((refund) => refund.lines?.length ?? 0)) + (lines?.length ?? 0)
  if (payment.refunds.length >= maxPerPayment || lineCount > maxLinesPerPayment)
    return refusal('too_many_refunds', `The payment has had ${payment.refunds.length} refunds.`)
  return {
    allowed: true,
    amount,
    ...(lines && { lines }),
    ...(shipping !== undefined && { shipping }),
    decision: {
      policy: 'refundPolicy',
      rules,
      inputs: { charged: payment.amount.amount, refundable: left, asked: amount, currency },
      outcome: 'allowed',
    },
  }
}

interface RequestedRefund {
  readonly allowed: true
  readonly rules: string[]
  readonly amount: number
  readonly lines?: RefundedLine[]
  readonly shipping?: number
}

function requestedRefund(payment: ChargedPayment, question: RefundQuestion): RequestedRefund | RefundRefusal {
  const { amount, lines, shipping, basis } = question
  const byParts = lines !== undefined || shipping === true
  // Excluding the shipping alone names nothing to refund: it must not mean everything.
  if (!byParts && shipping === false && amount === undefined)
    return refusal('refund_invalid', 'Neither an amount nor lines were given, and shipping was left out.')
  if (!byParts)
    return amount === undefined
      ? { allowed: true, rules: ['remainder'], amount: refundable(payment) }
      : { allowed: true, rules: ['amount'], amount }
  if (amount !== undefined)
    return refusal('refund_invalid', 'An amount was given together with lines or shipping.')
  if (!basis) return refusal('refund_invalid', 'What the order came to was not given with its parts.')

  const requestedLines = lines && linesToRefund(payment, lines, basis)
  if (requestedLines && !requestedLines.allowed) return requestedLines
  const shippingGiven = standingRefunds(payment).some((refund) => refund.shipping !== undefined)
  if (shipping && shippingGiven)
    return refusal('shipping_refunded', 'The shipping costs have been refunded, or are being refunded.')
  const ofLines = requestedLines ? sum(requestedLines.lines.map((line) => line.amount)) : 0
  const ofShipping = shipping ? basis.shipping : 0
  return {
    allowed: true,
    rules: [...(requestedLines ? ['lines'] : []), ...(shipping ? ['shipping'] : [])],
    amount: ofLines + ofShipping,
    ...(requestedLines && { lines: requestedLines.lines }),
    ...(shipping && { shipping: ofShipping }),
  }
}

/**
 * The value of product units. Each refund brings a product's refunds up to the share of all units
 * refunded by then, so that in any steps, whichever fail, all units add up to the line's total.
 */
function linesToRefund(
  payment: ChargedPayment,
  lines: readonly { readonly sku: string; readonly quantity: number }[],
  basis: RefundBasis,
): { readonly allowed: true; readonly lines: RefundedLine[] } | RefundRefusal {
  const standing = standingRefunds(payment).flatMap((refund) => refund.lines ?? [])
  const refunded: RefundedLine[] = []
  for (const [sku, quantity] of quantityBySku(lines)) {
    const bought = basis.lines.filter((line) => line.sku === sku)
    if (bought.length === 0) return refusal('refund_line_unknown', `The order has no ${sku}.`, { sku })
    const units = sum(bought.map((line) => line.quantity))
    const total = sum(bought.map((line) => line.total))
    const given = standing.filter((line) => line.sku === sku)
    const unitsGiven = sum(given.map((line) => line.quantity))
    if (unitsGiven + quantity > units)
      return refusal('refund_quantity_exceeded', `Of ${sku}, ${units - unitsGiven} can be refunded.`, {
        sku,
        refundable: Math.max(0, units - unitsGiven),
      })
    const due = fraction(total, unitsGiven + quantity, units) - sum(given.map((line) => line.amount))
    // After a failure, the standing refunds may be a cent ahead of the share of their units.
    refunded.push({ sku, quantity, amount: Math.max(0, due) })
  }
  return { allowed: true, lines: refunded }
}

function refusal(
  code: PaymentRefusalCode,
  detail: string,
  facts?: Readonly<Record<string, unknown>>,
): RefundRefusal {
  return { allowed: false, code, detail, ...(facts && { facts }) }
}
