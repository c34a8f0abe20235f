import { z } from 'zod'

// Redacts events for buyers. Inputs of fraud detection would help to evade it, and notes of staff are internal. So this
// is an allow list: a field that is not named here is not shown. A test checks that every field of every event is
// either named here or declared internal.

/** Fields that buyers may read in every event. */
const shownEverywhere: ReadonlySet<string> = new Set([
  ...[
    'activeFrom',
    'added',
    'address',
    'amount',
    'attempt',
    'attempts',
    'bounced',
    'by',
    'capped',
    'carrier',
  ],
  ...[
    'cartId',
    'cause',
    'conditions',
    'changed',
    'chargeId',
    'code',
    'consented',
    'currency',
    'customerId',
    'decisions',
  ],
  ...[
    'deliveryId',
    'delta',
    'description',
    'discount',
    'disputeId',
    'droppedCodes',
    'email',
    'endsAt',
    'erased',
  ],
  ...[
    'exchange',
    'expiresAt',
    'firstOrder',
    'fromCartId',
    'full',
    'gateway',
    'gatewayRefundId',
    'holdExtended',
  ],
  ...['holdUntil', 'imageUrl', 'intoCartId', 'keptUntil', 'lapsed', 'line', 'lines', 'lotId', 'lots', 'name'],
  ...['netPaid', 'newDate', 'onTime', 'open', 'orderId', 'outcome', 'paid', 'paymentId', 'paymentMethod'],
  ...[
    'percent',
    'place',
    'points',
    'previousDate',
    'previousPrice',
    'previousSegment',
    'previousTier',
    'price',
  ],
  ...[
    'pricing',
    'productName',
    'profile',
    'promisedFrom',
    'promisedTo',
    'promotionCode',
    'promotions',
    'quantity',
  ],
  ...['quote', 'rating', 'receivedBy', 'redeemPoints', 'refund', 'refundId', 'refundedTotal', 'reservations'],
  ...[
    'retries',
    'retry',
    'retryAt',
    'reviewId',
    'revision',
    'segment',
    'service',
    'shipping',
    'shippingAddress',
  ],
  ...['shippingCountry', 'shippingQuote', 'shortages', 'shortfall', 'skipInvalidPromotions', 'sku', 'skus'],
  ...['source', 'spending12m', 'status', 'terms', 'text', 'tier', 'toBeMailed', 'total', 'trackingNumber'],
  ...[
    'draft',
    'perCustomerLimit',
    'placedBy',
    'placeFirst',
    'startsAt',
    'uncounted',
    'usageLimit',
    'uses',
    'weightGrams',
    'welcomePromotionCode',
    'zone',
  ],
])

/** Fields that can contain free text or fraud signals: allowed per event. */
const shownIn: Readonly<Record<string, readonly string[]>> = {
  'cart.CartMergeFailed': ['reason'],
  'customer.CustomerErased': ['reason'],
  'promotion.PromotionReleased': ['reason'],
  'promotion.PromotionExpired': ['reason'],
  'payment.PaymentDisputeClosed': ['reason'],
  // The detail of an operator's cancellation is removed by `withoutOperatorNote`.
  'order.OrderCancelled': ['reason', 'detail'],
  'order.OrderCancellationRequested': ['reason', 'detail'],
  'order.OrderPaymentFailed': ['detail'],
  'order.OrderPaymentDisputed': ['reason'],
  'order.OrderReturned': ['reason'],
  'payment.PaymentFailed': ['detail'],
  'payment.PaymentDisputed': ['reason'],
  'payment.RefundFailed': ['detail'],
  // The carrier's notes are for the recipient.
  'delivery.DeliveryTracked': ['note'],
  'delivery.DeliveryDelayed': ['reason'],
  'delivery.DeliveryAttemptFailed': ['reason'],
  'delivery.DeliveryFailed': ['reason'],
}

/** Fields for operators only; declared, so that the test can distinguish them from forgotten ones. */
export const internalFields: Readonly<Record<string, readonly string[]>> = {
  'customer.CustomerRegistrationStarted': ['emailHash', 'secretHash', 'secretLabel'],
  'customer.EmailVerificationRequested': ['secretHash', 'secretLabel'],
  'customer.EmailVerificationSent': ['secretLabel'],
  'customer.RegistrationLapsed': ['emailHash'],
  'customer.LogInCodeRequested': ['secretHash', 'secretLabel'],
  'customer.PaymentAttemptRecorded': [
    ...['accountCreatedAt', 'paymentsInWindow', 'averageOrder', 'disposableEmail'],
  ],
  'customer.CustomerSuspended': ['reason'],
  'customer.CustomerErased': ['emailHash'],
  'order.OrderPaymentHeld': ['score', 'rules'],
  'order.OrderDeliveryCancelled': ['reason'],
  'payment.PaymentRequested': ['failedTries', 'screened'],
  'payment.PaymentScreened': ['score', 'rules'],
  'payment.PaymentHeldForReview': ['score', 'rules'],
  'payment.PaymentReviewRejected': ['reason'],
  'payment.PaymentProcessed': ['cardCountry'],
  'payment.PaymentFailed': ['screening'],
  'payment.PaymentRefundRequested': ['reason'],
  'delivery.DeliveryTracked': ['newsId'],
  'delivery.DeliveryAttemptFailed': ['newsId'],
  'delivery.DeliveryCancelled': ['reason'],
}

/** Policies whose decisions are for operators only. */
const internalPolicies: ReadonlySet<string> = new Set(['fraudDetectionPolicy'])

const dataSchema = z.record(z.string(), z.unknown())
const eventSchema = z.looseObject({ type: z.string(), data: dataSchema })
const decisionsSchema = z.array(z.looseObject({ policy: z.string() }))

/** Whether buyers may read a field of an event; `type` with its context, as in `order.OrderCreated`. */
export function isShownToBuyers(type: string, field: string): boolean {
  return shownEverywhere.has(field) || (shownIn[type]?.includes(field) ?? false)
}

/** The data of an event as its owner may read it. */
export function dataForBuyer(type: string, data: unknown): Record<string, unknown> {
  const shown = Object.entries(dataSchema.parse(data)).filter(([field]) => isShownToBuyers(type, field))
  return withoutOperatorNote(
    Object.fromEntries(
      shown.map(([field, value]) => [field, field === 'decisions' ? decisionsForBuyer(value) : value]),
    ),
  )
}

/** An event of a history (a CloudEvent as JSON text) as its owner may read it. */
export function eventForBuyer(text: string): string {
  const event = eventSchema.parse(JSON.parse(text))
  return JSON.stringify({ ...event, data: dataForBuyer(event.type, event.data) })
}

function withoutOperatorNote(data: Record<string, unknown>): Record<string, unknown> {
  return data.reason === 'operator' && data.detail !== undefined ? { ...data, detail: '' } : data
}

/** The cancellation of an order without the operator's note; rows of older lists have no code. */
export function cancellationForBuyer<Cancellation extends { code?: unknown; reason: string }>(
  cancellation: Cancellation,
): Cancellation {
  const { code, reason } = cancellation
  return (code ?? reason) === 'operator' ? { ...cancellation, reason: 'operator', detail: '' } : cancellation
}

function decisionsForBuyer(decisions: unknown): unknown {
  const known = decisionsSchema.safeParse(decisions)
  return known.success ? known.data.filter(({ policy }) => !internalPolicies.has(policy)) : []
}
