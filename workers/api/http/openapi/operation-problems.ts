import type { Audience } from '../auth/authorization.ts'

/** What the definition of an operation says about the problems that any such operation has. */
interface Described {
  readonly operationId: string
  readonly tag: string
  readonly who: Audience
  /** It takes a body. */
  readonly isCommand: boolean
  readonly hasPathParameters: boolean
  /** Names of header parameters in the document's components. */
  readonly headers: readonly string[]
  /** It refuses customers who are not active. */
  readonly refusesInactive: boolean
}

const cartNotFound = ['cart_not_found'] as const
const cartChange = [...cartNotFound, 'cart_closed'] as const
const quotedLine = ['unknown_sku', 'product_not_on_sale', 'wrong_currency', 'basket_out_of_range'] as const
const orderPlacement = [
  'order_invalid',
  'points_currency',
  'points_unavailable',
  'promotion_refused',
  'too_many_open_orders',
  'too_many_units_held',
] as const
const underWay = ['delivery_not_found', 'delivery_not_started', 'delivery_ended'] as const

/** The problems of single operations, beside those that follow from their definitions; see `problemCodesOf`. */
const own: Readonly<Record<string, readonly string[]>> = {
  createProduct: ['product_exists', 'price_out_of_range'],
  changePrice: ['product_not_found', 'product_discontinued', 'price_currency_changed', 'price_out_of_range'],
  discontinueProduct: ['product_not_found'],
  getProduct: ['product_not_found', 'version_not_found'],
  listProductEvents: ['product_not_found'],

  updateStock: ['stock_change_unclear', 'stock_below_reserved', 'stock_too_high', 'too_many_locations'],
  reserveInventory: ['out_of_stock', 'reservation_exists', 'reservation_too_late', 'too_many_reservations'],
  releaseReservation: ['stock_not_found'],
  getInventory: ['stock_not_found', 'version_not_found'],
  listInventoryEvents: ['stock_not_found'],

  createPromotion: ['promotion_exists', 'promotion_invalid'],
  checkPromotionEligibility: ['customer_not_found', 'basket_out_of_range'],
  applyPromotion: [
    'promotion_not_found',
    'promotion_not_eligible',
    'customer_not_found',
    'basket_out_of_range',
  ],
  activatePromotion: ['promotion_not_found', 'promotion_expired'],
  expirePromotion: ['promotion_not_found'],
  getPromotion: ['promotion_not_found', 'version_not_found'],
  listPromotionEvents: ['promotion_not_found'],

  registerCustomer: ['customer_exists', 'email_taken'],
  verifyEmail: ['customer_not_found', 'customer_suspended', 'token_invalid', 'token_used', 'token_expired'],
  updateProfile: ['customer_not_found', 'customer_suspended', 'customer_erased'],
  updateSpending: ['customer_not_found'],
  suspendCustomer: ['customer_not_found', 'customer_erased'],
  eraseCustomer: ['customer_not_found'],
  getCustomer: ['customer_not_found', 'version_not_found'],
  listCustomerEvents: ['customer_not_found'],
  completeSession: ['code_wrong'],

  createCart: ['cart_exists'],
  addItem: [...cartChange, ...quotedLine, 'quantity_limit', 'line_limit'],
  changeQuantity: [...cartChange, ...quotedLine, 'item_not_found'],
  removeItem: [...cartChange, 'item_not_found'],
  applyPromotionToCart: [...cartChange, 'promotion_not_eligible', 'promotion_limit', 'basket_out_of_range'],
  removePromotionFromCart: [...cartChange, 'promotion_not_in_cart'],
  mergeCarts: [...cartChange, 'cart_not_mergeable', 'basket_out_of_range', 'wrong_currency'],
  quoteCart: [...cartChange, 'basket_out_of_range'],
  getCart: [...cartNotFound, 'version_not_found'],
  listCartEvents: cartNotFound,
  checkOutCart: [
    ...cartChange,
    ...orderPlacement,
    'cart_empty',
    'product_not_on_sale',
    'price_changed',
    'basket_out_of_range',
  ],

  createOrder: [...orderPlacement, 'order_exists', 'customer_not_found', 'customer_not_active'],
  confirmOrder: ['order_not_found', 'order_ended', 'order_not_invoice', 'order_not_ready'],
  cancelOrder: ['order_not_found', 'order_shipped', 'order_ended'],
  processPayment: [
    'order_not_found',
    'order_ended',
    'order_not_ready',
    'order_not_awaiting_payment',
    'payment_in_progress',
    'payment_not_chargeable',
    'payment_tries_exceeded',
  ],
  getOrder: ['order_not_found', 'version_not_found'],
  listOrderEvents: ['order_not_found'],

  refundPayment: [
    'payment_not_found',
    'order_not_found',
    'payment_not_processed',
    'payment_disputed',
    'refund_invalid',
    'refund_line_unknown',
    'refund_quantity_exceeded',
    'shipping_refunded',
    'refund_exceeds_charge',
    'nothing_to_refund',
    'too_many_refunds',
  ],
  reviewPayment: ['payment_not_found', 'payment_not_in_review'],
  getPayment: ['payment_not_found', 'version_not_found'],
  listPaymentEvents: ['payment_not_found'],
  paymentWebhook: ['webhook_signature_invalid'],

  scheduleDelivery: [
    'order_not_found',
    'order_ended',
    'order_not_confirmed',
    'delivery_under_way',
    'no_carrier',
  ],
  startDelivery: ['delivery_not_found', 'delivery_not_booked', 'delivery_started', 'delivery_ended'],
  changeDeliveryAddress: [
    'delivery_not_found',
    'delivery_started',
    'delivery_ended',
    'address_country_fixed',
    'no_carrier',
    'address_price_changed',
  ],
  completeDelivery: underWay,
  cancelDelivery: ['delivery_not_found', 'delivery_started'],
  trackDelivery: underWay,
  failDeliveryAttempt: underWay,
  delayDelivery: [...underWay, 'delay_not_in_future'],
  confirmDelivery: ['delivery_not_found', 'delivery_not_completed', 'delivery_ended'],
  getDelivery: ['delivery_not_found', 'version_not_found'],
  listDeliveryEvents: ['delivery_not_found'],
  carrierWebhook: [
    'webhook_signature_invalid',
    'delivery_not_found',
    'delivery_not_started',
    'delivery_started',
    'delivery_not_booked',
    'delivery_not_failed',
  ],

  submitReview: ['order_not_found', 'review_closed', 'review_exists', 'not_in_order', 'not_delivered'],
  getReview: ['review_not_found', 'version_not_found'],
  listReviewEvents: ['review_not_found'],

  readLakeObject: ['not_found'],
  readMailbox: ['not_found'],
  getClock: ['not_found'],
  advanceClock: ['not_found'],
  retryParked: ['damaged'],
  cancelReplay: ['replay_finished'],
}

/** Operations with problems of their own. */
export const operationsWithProblems = Object.keys(own)

/** The problems of an operation that do not follow from its definition alone. */
export function ownProblemCodes(operationId: string): readonly string[] {
  return own[operationId] ?? []
}

/** Every problem code that an operation can answer with, beside `internal`. */
export function problemCodesOf(operation: Described): readonly string[] {
  const { operationId, tag, who, isCommand, hasPathParameters, headers, refusesInactive } = operation
  const isAboutAggregates = tag !== 'ops' && (isCommand || hasPathParameters)
  return [
    ...['malformed_address', 'unauthenticated', 'invalid_request', 'card_number_rejected'],
    ...['rate_limited', 'unavailable', 'not_configured', 'internal'],
    ...(who === 'anyone' ? [] : ['insufficient_scope']),
    ...(isCommand ? ['malformed_json', 'payload_too_large', 'unsupported_media_type'] : []),
    ...(hasPathParameters ? ['not_found'] : []),
    ...(isAboutAggregates ? ['damaged'] : []),
    ...(refusesInactive ? ['customer_not_active'] : []),
    ...(headers.includes('IdempotencyKey') ? ['invalid_header', 'idempotency_key_reused'] : []),
    // A condition on what does not exist yet is not found.
    ...(headers.includes('IfMatch') ? ['invalid_header', 'version_conflict', 'not_found'] : []),
    ...ownProblemCodes(operationId),
  ]
}
