import {
  accessToken,
  address,
  at,
  cartId,
  customerId,
  deliveryId,
  mug,
  orderId,
  paymentId,
  promotionCode,
  reviewId,
  tea,
  trackingNumber,
  usd,
} from './shop.ts'

const product = {
  id: mug.sku,
  version: 2,
  ...mug,
  price: usd(1499),
  description: 'Stoneware, 350 ml, dishwasher-safe.',
  weightGrams: 420,
  imageUrl: 'https://images.example.com/mug-blue.jpg',
  status: 'active',
  createdAt: at('08:00', '01'),
  updatedAt: at('09:30', '01'),
}

const stock = {
  id: mug.sku,
  version: 5,
  sku: mug.sku,
  onHand: 40,
  reserved: 2,
  available: 38,
  locations: [{ location: 'main', onHand: 40, reserved: 2, country: 'US', region: 'IL', available: 38 }],
  reorderPoint: 10,
  reorderQuantity: 50,
  createdAt: at('08:05', '01'),
  updatedAt: at('10:00'),
}

const promotion = {
  id: promotionCode,
  version: 3,
  code: promotionCode,
  status: 'active',
  class: 'order',
  combinesWith: ['shipping'],
  exclusive: false,
  priority: 0,
  startsAt: at('00:00', '01'),
  endsAt: at('00:00', '31'),
  usageLimit: 1000,
  perCustomerLimit: 1,
  conditions: { minimumSpend: usd(2500) },
  uses: 2,
  createdAt: at('08:00', '01'),
  updatedAt: at('10:00'),
}
const percentage = { ...promotion, kind: 'percentage', value: { percent: 10 } }

const loyalty = { tier: 'silver', points: { pending: 36, available: 240 }, spending12m: 41200 }
const customer = {
  id: customerId,
  version: 4,
  status: 'active',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  phone: '+1 217 555 0100',
  birthDate: '1985-12-10',
  addresses: [address],
  marketingConsent: true,
  loyalty,
  segment: 'active',
  createdAt: at('09:00', '01'),
  updatedAt: at('09:45', '01'),
}

const quotedLines = [
  { ...mug, quantity: 2, unitPrice: usd(1499), total: usd(2998) },
  { ...tea, quantity: 1, unitPrice: usd(999), total: usd(999) },
]
const pricedLines = [
  { ...mug, quantity: 2, unitPrice: usd(1499), discount: usd(300), total: usd(2698) },
  { ...tea, quantity: 1, unitPrice: usd(999), discount: usd(100), total: usd(899) },
]
const cart = {
  id: cartId,
  version: 4,
  customerId,
  status: 'open',
  currency: 'USD',
  lines: quotedLines,
  subtotal: usd(3997),
  promotions: [{ code: promotionCode, discount: usd(400), outdated: false }],
  createdAt: at('09:50'),
  updatedAt: at('09:58'),
}
const discounts = [{ source: 'order_promotion', code: promotionCode, amount: usd(400) }]

const order = {
  id: orderId,
  version: 9,
  customerId,
  status: 'confirmed',
  paymentStatus: 'paid',
  fulfilmentStatus: 'scheduled',
  lines: pricedLines,
  subtotal: usd(3997),
  discounts,
  shipping: usd(0),
  total: usd(3597),
  promotions: [{ code: promotionCode, applied: true }],
  payments: [paymentId],
  deliveries: [deliveryId],
  createdAt: at('10:00'),
  updatedAt: at('10:01'),
}

const payment = {
  id: paymentId,
  version: 3,
  orderId,
  customerId,
  status: 'partially_refunded',
  amount: usd(3597),
  refunded: usd(1349),
  attempt: 1,
  createdAt: at('10:00'),
  updatedAt: at('15:00', '07'),
}

const shipment = {
  id: deliveryId,
  version: 4,
  orderId,
  customerId,
  status: 'started',
  service: 'standard',
  carrier: 'sandbox',
  price: usd(0),
  promisedFrom: at('08:00', '04'),
  promisedTo: at('20:00', '06'),
  expectedBy: at('20:00', '06'),
  trackingNumber,
  attempts: 0,
  createdAt: at('10:01'),
  updatedAt: at('07:10', '03'),
}

const review = {
  sku: mug.sku,
  status: 'submitted',
  rating: 5,
  text: 'Holds more tea than it seems to.',
}

/** An example of each component that an answer refers to, by the component's name. */
export const resourceExamples: Readonly<Record<string, unknown>> = {
  Product: product,
  ListedProduct: { ...product, available: 38 },
  Inventory: {
    ...stock,
    reservations: [
      {
        orderId,
        quantity: 2,
        state: 'held',
        expiresAt: at('10:30'),
        allocations: [{ location: 'main', quantity: 2 }],
      },
    ],
    reservationsTotal: 1,
  },
  ListedInventory: stock,
  Promotion: percentage,
  PercentagePromotion: percentage,
  ListedPromotion: percentage,
  Eligibility: { eligible: true, reasons: [], discount: usd(400) },
  Customer: customer,
  VerifiedCustomer: { customer, accessToken },
  ListedCustomer: {
    ...{ id: customerId, version: 4, status: 'active', loyalty, segment: 'active' },
    ...{ createdAt: customer.createdAt, updatedAt: customer.updatedAt },
  },
  StartedSession: { sessionId: 'c2Vzc2lvbi1pZC1vZi10aGlzLWxvZy1pbg', expiresInSeconds: 600 },
  Session: { accessToken, customerId },
  Cart: cart,
  ListedCart: cart,
  CartQuote: {
    cartId,
    version: 4,
    lines: pricedLines,
    unavailable: [],
    priceChanges: [],
    subtotal: usd(3997),
    discounts,
    total: usd(3597),
    promotions: [{ code: promotionCode, applied: true, reasons: [], beatenBy: [] }],
    offers: [],
    points: { available: 240, minimum: 100, maximum: 240 },
  },
  Order: {
    ...order,
    decisions: {
      promotions: [{ code: promotionCode, applied: true, detail: `${promotionCode} takes 4.00 USD off.` }],
      payments: [{ paymentId, outcome: 'processed', rules: [], detail: 'The payment was charged.' }],
      stock: [
        {
          sku: mug.sku,
          rule: 'single_location',
          allocations: [{ location: 'main', quantity: 2 }],
          detail: 'All units come from main.',
        },
      ],
      shipping: {
        carrier: 'sandbox',
        service: 'standard',
        rules: [],
        detail: 'The cheapest service to this address.',
      },
    },
  },
  ListedOrder: order,
  Payment: {
    ...payment,
    refundable: usd(2248),
    paymentMethod: 'pm_card_visa',
    refunds: [
      {
        refundId: '3f0c8e5ab1d94c6f8a7b2e1d0c9f8e7d',
        amount: usd(1349),
        status: 'succeeded',
        lines: [{ sku: mug.sku, quantity: 1, amount: usd(1349) }],
      },
    ],
  },
  ListedPayment: payment,
  Delivery: {
    ...shipment,
    address,
    weightGrams: 960,
    zone: 'domestic',
    revision: 1,
    booking: { revision: 1, trackingNumber },
    tracking: [{ at: at('07:10', '03'), place: 'Chicago, IL', note: 'Sorted.' }],
    delays: [],
    personalDataErased: false,
    window: { from: shipment.promisedFrom, to: shipment.promisedTo },
  },
  ListedDelivery: shipment,
  Review: {
    ...{ id: reviewId, version: 2, orderId, ...review },
    ...{ createdAt: at('12:00', '06'), updatedAt: at('18:20', '06') },
  },
  ListedReview: {
    ...{ id: reviewId, version: 2, ...review },
    ...{ submittedAt: at('18:20', '06'), updatedAt: at('18:20', '06') },
  },
}
