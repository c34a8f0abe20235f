/** A kind of aggregate that stands in lists. */
export interface ReadModel {
  /** Its table in the read database; see `migrations/`. */
  readonly table: string
  /** Types of events with which such an aggregate can begin: by them its streams are found in the lake. */
  readonly begins: readonly string[]
}

/** Every kind of aggregate that stands in lists. A product and its stock make one list. */
export const readModels: ReadonlyMap<string, ReadModel> = new Map([
  ['order', { table: 'orders', begins: ['order.OrderCreated'] }],
  ['customer', { table: 'customers', begins: ['customer.CustomerRegistrationStarted'] }],
  ['product', { table: 'products', begins: ['catalog.ProductCreated'] }],
  ['inventory', { table: 'stock', begins: ['inventory.InventoryUpdated'] }],
  ['payment', { table: 'payments', begins: ['payment.PaymentRequested'] }],
  ['delivery', { table: 'deliveries', begins: ['delivery.DeliveryScheduled'] }],
  ['promotion', { table: 'promotions', begins: ['promotion.PromotionCreated'] }],
  ['review', { table: 'reviews', begins: ['review.ReviewRequested', 'review.ReviewSubmitted'] }],
])
