import type { Variant } from './variant.ts'

const CANCELLATION = 'shared/order/cancellation.ts'
const PAYMENT = 'shared/order/payment/payment.ts'

/** Of orders, their stock, payments and refunds. */
export const orderVariants: readonly Variant[] = [
  {
    name: 'stock-reserved-per-line',
    promise: 'Quantities are summed per SKU before stock is reserved.',
    patches: [
      {
        file: 'shared/order/checkout/stock.ts',
        find: '    quantityBySku(state.pricing.lines).map(([sku, quantity]) =>\n',
        replace: '    state.pricing.lines.map(({ sku, quantity }) =>\n',
      },
    ],
  },
  {
    name: 'stock-set-below-reserved',
    promise: 'On-hand stock is never below what is reserved of it.',
    patches: [
      {
        file: 'shared/inventory/stock.ts',
        find: '  if (onHand < reserved)\n',
        replace: '  if (onHand < 0)\n',
      },
    ],
  },
  {
    name: 'released-stock-stays-reserved',
    promise: 'Released stock can be sold to others.',
    patches: [
      {
        file: 'shared/inventory/reservation.ts',
        find: 'data.restocked ? ([1, 0] as const) : ([0, -1] as const)',
        replace: 'data.restocked ? ([1, 0] as const) : ([0, 0] as const)',
      },
    ],
  },
  {
    name: 'returned-goods-not-restocked',
    promise: 'Committed goods of an order that ends before they are shipped go back to the shelf.',
    patches: [
      {
        file: 'shared/inventory/reservation.ts',
        find: "  const goods = present?.state === 'committed' ? present.allocations : present ? [] : restock\n",
        replace: '  const goods = present ? [] : restock\n',
      },
    ],
  },
  {
    name: 'hold-not-extended-for-a-payment',
    promise: 'A hold that is about to end is extended when a payment starts.',
    patches: [
      {
        file: 'shared/order/checkout/stock.ts',
        find: "{ type: 'ExtendReservation', orderId: id, expiresAt: holdUntil }",
        replace:
          "{ type: 'ExtendReservation', orderId: id, expiresAt: earlier(holdUntil, plus(state.createdAt, orderRules.holdMs)) }",
      },
    ],
  },
  {
    name: 'late-payment-kept',
    promise: 'A payment that succeeds after its order has ended is refunded in full.',
    patches: [
      {
        file: PAYMENT,
        find: "      if (!isUnpaid(state)) return accept({ type: 'OrderPaymentReturned', data: { paymentId, amount } })\n",
        replace: '      if (!isUnpaid(state)) return accept()\n',
      },
    ],
  },
  {
    name: 'unknown-charge-taken-as-failed',
    promise: 'A charge without an answer is unknown, and not failed.',
    patches: [
      {
        file: 'durable-objects/aggregate/effects/effects.ts',
        find: "    if (!(thrown instanceof PortError) || thrown.kind !== 'rejected') throw thrown\n",
        replace: "    if (!(thrown instanceof PortError) || thrown.kind === 'unavailable') throw thrown\n",
      },
    ],
  },
  {
    name: 'charged-under-a-new-key',
    promise: 'A charge that is tried again is made once.',
    patches: [
      {
        file: 'durable-objects/adapters/payments.ts',
        find: `  const request = chargeRequestSchema.parse(input)
  // A failed try may have charged: look it up before charging again, as idempotency keys expire.
  const found = about.attempts > 0 ? await gateway.find(request.key) : null
  return found ?? gateway.charge(request)`,
        replace: `  const { key, ...request } = chargeRequestSchema.parse(input)
  // The gateway repeats its answer for a key: another try needs another one.
  return gateway.charge({ ...request, key: about.attempts > 0 ? \`\${key}-\${about.attempts}\` : key })`,
      },
    ],
  },
  {
    name: 'refund-ceiling-without-pending',
    promise: 'Refunds never exceed the charge, those under way included.',
    patches: [
      {
        file: 'shared/payment/state.ts',
        find: "payment.refunds.filter(({ status }) => status !== 'failed')",
        replace: "payment.refunds.filter(({ status }) => status === 'succeeded')",
      },
    ],
  },
  {
    name: 'cancelled-without-the-parcel',
    promise: 'An order whose delivery may have started is cancelled only once the delivery consents.',
    patches: [
      {
        file: 'shared/order/facts.ts',
        find: '  if (!delivery) return [cancelled(order, reason, detail, shortages)]\n',
        replace:
          "  if (!delivery || delivery.status === 'scheduled') return [cancelled(order, reason, detail, shortages)]\n",
      },
    ],
  },
  {
    name: 'cancelled-order-keeps-its-promotion',
    promise: 'The uses that a cancelled order claimed are given back.',
    patches: [
      {
        file: CANCELLATION,
        find: '  for (const { code } of state.terms) effects.push(releasePromotion(code, id, reason))\n',
        replace: '',
      },
      {
        file: CANCELLATION,
        find: 'import { closePlace, releasePromotion, restorePoints } from',
        replace: 'import { closePlace, restorePoints } from',
      },
    ],
  },
  {
    name: 'cancelled-order-keeps-its-points',
    promise: 'The points that pay for an order are given back when it is cancelled.',
    patches: [
      {
        file: CANCELLATION,
        find: '  if (state.redeemPoints > 0) effects.push(restorePoints(state, id))\n',
        replace: '',
      },
      {
        file: CANCELLATION,
        find: 'import { closePlace, releasePromotion, restorePoints } from',
        replace: 'import { closePlace, releasePromotion } from',
      },
    ],
  },
  {
    name: 'declined-order-confirmed-as-invoice',
    promise: 'Only an order without a payment method is confirmed without a payment.',
    patches: [
      {
        file: 'shared/order/state.ts',
        find: 'return order.paymentMethod === undefined && order.payments.length === 0',
        replace: 'return !order.payments.some(wasCharged)',
      },
    ],
  },
  {
    name: 'unpaid-orders-counted-at-the-door',
    promise: 'At most three orders of a customer wait for their payment at a time.',
    patches: [
      {
        file: 'shared/customer-profile/profile.ts',
        find: '  const refused = refusedToOrder(state, waits ? command : null, now)\n',
        replace: '  const refused = refusedToOrder(state, null, now)\n',
      },
    ],
  },
  {
    name: 'checkout-refused-without-a-record',
    promise: 'A checkout that was refused for its prices is refused again under its key.',
    patches: [
      {
        file: 'workers/api/order/checkout.ts',
        find: '  if (conflict) await requireRepetition(c, step, ordering, conflict)\n',
        replace: `  if (refusal) {
    await updateQuotes(c, cart, products, review, intent)
    accepted(refused(refusal, version))
  }
  if (conflict) await requireRepetition(c, step, ordering, conflict)
`,
      },
    ],
  },
  {
    name: 'cart-ordered-twice',
    promise: 'A cart becomes one order, however often it is checked out.',
    patches: [
      {
        file: 'workers/api/order/checkout.ts',
        find: "  const orderId = derivedId('ord', 'checkout', cartId)\n",
        replace: "  const orderId = await idToCreate(c, 'ord', intent)\n",
      },
      {
        file: 'workers/api/order/checkout.ts',
        find: "import { type Intent, intentOf } from '../http/idempotency.ts'",
        replace: "import { type Intent, idToCreate, intentOf } from '../http/idempotency.ts'",
      },
    ],
  },
]
