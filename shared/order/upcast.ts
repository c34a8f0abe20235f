import { z } from 'zod'
import { anyAddress } from '../core/address/address.ts'
import type { Upcaster } from '../core/aggregate.ts'
import { sum } from '../core/money/money.ts'
import { type PolicyDecision, withoutDecisions } from '../core/policy-decision.ts'
import { quoteDecisions, shippingQuoteSchema } from '../delivery/events.ts'
import type { OrderEvent } from './events.ts'

// Events of the first release have outcomes without reasons. Derivable reasons are added.

const createdBefore = z.looseObject({
  promotions: z.array(z.object({ code: z.string(), applied: z.boolean(), reason: z.string().optional() })),
  shippingQuote: shippingQuoteSchema,
})
const pricedBefore = z.looseObject({
  pricing: z.looseObject({
    shipping: z.int(),
    discounts: z.array(z.looseObject({ source: z.string(), amount: z.int() })),
  }),
})
const heldBefore = z.looseObject({
  reservations: z.array(z.looseObject({ sku: z.string(), quantity: z.int(), rule: z.string() })),
})
const refundedBefore = z.looseObject({ refundedTotal: z.object({ amount: z.int(), currency: z.string() }) })

/** Version 2: the codes that did not apply and the chosen carrier are decisions of their policies. */
const explainCreation: Upcaster = (data) => {
  const created = createdBefore.parse(data)
  const decisions: PolicyDecision[] = created.promotions.flatMap(({ code, reason }) =>
    reason === undefined || reason === 'not_combinable'
      ? []
      : [
          {
            policy: 'promotionEligibilityPolicy',
            rules: [reason],
            inputs: { code },
            outcome: 'not_eligible',
          },
        ],
  )
  return { ...created, decisions: [...decisions, ...quoteDecisions(created.shippingQuote)] }
}

/** Version 2: the rule by which each reservation was allocated is a decision. */
const explainReservations: Upcaster = (data) => {
  const held = heldBefore.parse(data)
  return {
    ...held,
    reservations: held.reservations.map(({ rule: _, ...reservation }) => reservation),
    decisions: held.reservations.map(({ sku, quantity, rule }) => ({
      policy: 'allocationPolicy',
      rules: [rule],
      inputs: { sku, quantity },
      outcome: rule,
    })),
  }
}

/** Version 2: a refund has an id; earlier refunds are identified by the total that they led to. */
const nameRefund: Upcaster = (data) => {
  const refunded = refundedBefore.parse(data)
  return { ...refunded, refundId: `total/${refunded.refundedTotal.amount}` }
}

/** A version with further reasons; all earlier ones remain valid. */
const furtherReasons: Upcaster = (data) => data

/** Shipping was net of its promotions, which were discounts as well; now it is gross. */
const grossShipping: Upcaster = (data) => {
  const priced = pricedBefore.parse(data)
  const { shipping, discounts } = priced.pricing
  const off = sum(
    discounts.flatMap(({ source, amount }) => (source === 'shipping_promotion' ? [amount] : [])),
  )
  return { ...priced, pricing: { ...priced.pricing, shipping: shipping + off } }
}

/** Reads stored events of earlier releases. */
export const orderUpcasters: Partial<Record<OrderEvent['type'], readonly Upcaster[]>> = {
  OrderCreated: [explainCreation, furtherReasons, anyAddress, grossShipping],
  OrderAddressChanged: [anyAddress],
  OrderRepriced: [withoutDecisions, furtherReasons, grossShipping],
  OrderStockHeld: [explainReservations],
  OrderPaymentStarted: [withoutDecisions],
  OrderPaymentFailed: [withoutDecisions],
  OrderRefunded: [nameRefund],
  OrderCancelled: [furtherReasons],
}
