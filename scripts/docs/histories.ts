import { z } from 'zod'
import { inventorySchema } from '../../shared/inventory/state.ts'
import { promotionSchema, promotionStatus } from '../../shared/promotion/state.ts'

/** The time of all events (UTC); only their order matters. */
export const AT = '2026-03-01T12:00:00.000Z'

/** An event by its name, optionally with data that replaces the sample's. */
export type Happened = string | readonly [name: string, data: Readonly<Record<string, unknown>>]

/** Example histories of one kind of aggregate: its events in order. Samples provide the data. */
export interface Histories {
  readonly kind: string
  /** Which of its statuses they show: an order has three. */
  readonly title: string
  /** Field values that all events of these histories share, if their data has the field. */
  readonly names?: Readonly<Record<string, string>>
  statusOf(state: unknown): string
  readonly histories: readonly (readonly Happened[])[]
}

const statusSchema = z.object({ status: z.string() })
const orderAxes = z.object({ status: z.string(), paymentStatus: z.string(), fulfilmentStatus: z.string() })
const status = (state: unknown) => statusSchema.parse(state).status

const created = 'OrderCreated'
const paid = ['OrderStockHeld', 'OrderPaymentStarted', 'OrderPaid', 'OrderConfirmed', 'OrderStockCommitted']
const sent = ['OrderDeliveryRequested', 'OrderDeliveryScheduled', 'OrderShipped']
const invoice: Happened = ['OrderCreated', { paymentMethod: undefined }]
const all = { amount: 14_259, currency: 'USD' }
const some = { amount: 1_000, currency: 'USD' }
const taken: Happened = ['OrderPaymentStarted', { amount: all }]
const refunded: Happened = ['OrderRefunded', { amount: all, refundedTotal: all }]

const orderHistories: Histories['histories'] = [
  [
    created,
    'PromotionApplied',
    ...paid,
    ...sent,
    'OrderDelivered',
    'OrderCompleted',
    'OrderReviewsRequested',
  ],
  [
    created,
    'OrderStockHeld',
    'OrderPaymentStarted',
    'OrderPaymentFailed',
    'OrderPaymentStarted',
    'OrderPaid',
  ],
  [created, 'OrderStockHeld', 'OrderPaymentStarted', 'OrderPaymentFailed', 'OrderCancelled'],
  [created, 'OrderStockHeld', 'OrderPaymentStarted', 'OrderPaymentHeld', 'OrderPaid', 'OrderConfirmed'],
  [created, 'OrderCancelled'],
  [invoice, 'OrderStockHeld', ['OrderConfirmed', { by: 'operator' }]],
  [created, ...paid, ...sent, 'OrderReturned', taken, refunded],
  [created, ...paid, ...sent, 'OrderDelivered', 'OrderReturned'],
  [created, ...paid, ...sent, 'OrderDelivered', 'OrderCompleted', 'OrderReturned'],
  [created, ...paid, 'OrderDeliveryRequested', 'OrderDeliveryScheduled', 'OrderDeliveryCancelled'],
  [
    created,
    ...paid,
    'OrderDeliveryRequested',
    'OrderDeliveryScheduled',
    'OrderCancellationRequested',
    'OrderCancelled',
  ],
  [created, 'OrderStockHeld', taken, 'OrderPaid', 'OrderConfirmed', 'OrderCancelled', refunded],
  [
    created,
    'OrderStockHeld',
    taken,
    'OrderPaid',
    'OrderConfirmed',
    ['OrderRefunded', { amount: some, refundedTotal: some }],
    ['OrderRefunded', { refundId: 'rest', amount: { ...all, amount: 13_259 }, refundedTotal: all }],
  ],
  [created, 'OrderStockHeld', taken, 'OrderPaid', 'OrderConfirmed', 'OrderPaymentDisputed'],
]
const orderNames = { paymentId: 'payment', deliveryId: 'delivery', refundId: 'refund' }

const booked = ['DeliveryScheduled', 'CarrierAssigned', 'CarrierBooked']
const underWay = [...booked, 'DeliveryStarted', 'DeliveryTracked', 'DeliveryDelayed', 'DeliveryAttemptFailed']

/** The state of the single reservation of a history. */
function reservationState(state: unknown): string {
  const { held, closed } = inventorySchema.parse(state)
  return [...held, ...closed].find(({ orderId }) => orderId === 'order')?.state ?? 'none'
}
const stocked: Happened = ['InventoryUpdated', { location: 'main', onHand: 10, change: 10 }]
const reservation = { allocations: [{ location: 'main', quantity: 1 }], quantity: 1 }
const reserved: Happened = ['InventoryReserved', reservation]

const profile: Happened = ['CustomerProfileCreated', { status: 'active' }]

const promotion: Happened = ['PromotionCreated', { usageLimit: undefined, endsAt: undefined }]
const applied: Happened = ['PromotionApplied', { uses: 1 }]

/** The histories behind the state diagrams, one entry per diagram. */
export const histories: readonly Histories[] = [
  {
    kind: 'customer',
    title: 'status',
    statusOf: status,
    histories: [
      [
        'CustomerRegistrationStarted',
        'EmailVerificationSent',
        'CustomerRegistered',
        'CustomerSuspended',
        'CustomerErased',
      ],
      ['CustomerRegistrationStarted', 'CustomerErased'],
      ['CustomerRegistrationStarted', 'CustomerRegistered', 'CustomerErased'],
    ],
  },
  {
    kind: 'email_address',
    title: 'status',
    statusOf: status,
    histories: [
      ['EmailAddressClaimed', 'EmailAddressConfirmed', 'EmailAddressReleased', 'EmailAddressClaimed'],
      ['EmailAddressClaimed', 'EmailAddressReleased'],
    ],
  },
  {
    kind: 'product',
    title: 'status',
    statusOf: status,
    histories: [['ProductCreated', 'ProductPriceChanged', 'ProductDiscontinued']],
  },
  {
    kind: 'cart',
    title: 'status',
    statusOf: status,
    histories: [
      ['CartCreated', 'ProductAddedToCart', 'CartUpdated', 'PromotionApplied', 'CartCheckedOut'],
      ['CartCreated', 'ProductAddedToCart', 'CartAbandoned', 'ProductAddedToCart'],
      ['CartCreated', 'ProductAddedToCart', 'CartMerged'],
      ['CartCreated', 'ProductAddedToCart', 'CartAbandoned', 'CartCheckedOut'],
    ],
  },
  {
    kind: 'customer_profile',
    title: 'status',
    names: { orderId: 'order' },
    statusOf: status,
    histories: [
      [
        profile,
        'CustomerProfileChanged',
        'CustomerOrderOpened',
        'CustomerOrderAwaitedPayment',
        'CustomerOrderClosed',
        ['CustomerProfileClosed', { status: 'suspended' }],
        ['CustomerProfileClosed', { status: 'erased' }],
      ],
      [profile, ['CustomerProfileClosed', { status: 'erased' }]],
    ],
  },
  {
    kind: 'order',
    title: 'status',
    names: orderNames,
    statusOf: (state) => orderAxes.parse(state).status,
    histories: orderHistories,
  },
  {
    kind: 'order',
    title: 'payment',
    names: orderNames,
    statusOf: (state) => orderAxes.parse(state).paymentStatus,
    histories: orderHistories,
  },
  {
    kind: 'order',
    title: 'fulfilment',
    names: orderNames,
    statusOf: (state) => orderAxes.parse(state).fulfilmentStatus,
    histories: orderHistories,
  },
  {
    kind: 'payment',
    title: 'status',
    names: { refundId: 'refund' },
    statusOf: status,
    histories: [
      [
        'PaymentRequested',
        'PaymentScreened',
        'PaymentProcessed',
        'PaymentRefundRequested',
        ['PaymentRefunded', { full: false }],
        ['PaymentRefundRequested', { refundId: 'rest' }],
        ['PaymentRefunded', { refundId: 'rest', full: true }],
      ],
      [
        'PaymentRequested',
        'PaymentScreened',
        'PaymentProcessed',
        'PaymentRefundRequested',
        'PaymentRefunded',
      ],
      ['PaymentRequested', 'PaymentScreened', 'PaymentFailed'],
      ['PaymentRequested', 'PaymentHeldForReview', 'PaymentReviewApproved', 'PaymentProcessed'],
      ['PaymentRequested', 'PaymentHeldForReview', 'PaymentReviewRejected', 'PaymentFailed'],
      ['PaymentRequested', 'PaymentScreened', 'PaymentProcessed', 'PaymentDisputed'],
    ],
  },
  {
    kind: 'inventory',
    title: 'an order’s reservation',
    names: { orderId: 'order', sku: 'SKU' },
    statusOf: reservationState,
    histories: [
      [stocked, reserved, 'ReservationExtended', ['ReservationCommitted', reservation]],
      [stocked, reserved, ['ReservationExpired', reservation], reserved],
      [stocked, reserved, ['InventoryReleased', { ...reservation, restocked: false }], reserved],
      [
        stocked,
        reserved,
        ['ReservationCommitted', reservation],
        ['InventoryReleased', { ...reservation, restocked: true }],
      ],
    ],
  },
  {
    kind: 'delivery',
    title: 'status',
    statusOf: status,
    histories: [
      [...underWay, 'DeliveryCompleted', 'DeliveryConfirmed'],
      [...underWay, 'DeliveryFailed', 'DeliveryReturnStarted'],
      [...booked, 'DeliveryCancelled'],
    ],
  },
  {
    kind: 'promotion',
    title: 'status',
    names: { orderId: 'order' },
    statusOf: (state) => promotionStatus(promotionSchema.parse(state), AT),
    histories: [
      [promotion, applied, 'PromotionUseConfirmed', 'PromotionExpired'],
      [['PromotionCreated', { draft: true, endsAt: undefined, usageLimit: undefined }], 'PromotionActivated'],
      [
        ['PromotionCreated', { usageLimit: 1, endsAt: undefined }],
        applied,
        ['PromotionReleased', { uses: 0 }],
        applied,
        'PromotionExpired',
      ],
      [['PromotionCreated', { startsAt: '2027-01-01T00:00:00.000Z', endsAt: undefined }], 'PromotionExpired'],
    ],
  },
  {
    kind: 'review',
    title: 'status',
    statusOf: status,
    histories: [['ReviewRequested', 'ReviewSubmitted', 'ReviewPersonalDataErased'], ['ReviewSubmitted']],
  },
]
