/** The events that one journey leaves behind, as `<context>.<EventName>`, in the order of the story. */
export const expectedEvents = [
  'catalog.ProductCreated',
  'inventory.InventoryUpdated',
  'inventory.StockLevelChanged',

  'customer.CustomerRegistrationStarted',
  'customer.EmailVerificationSent',
  'customer.CustomerRegistered',
  'promotion.PromotionCreated',
  'customer.WelcomeEmailSent',

  'catalog.ProductViewed',
  'cart.CartCreated',
  'cart.ProductAddedToCart',
  'cart.CartUpdated',
  'cart.PromotionApplied',
  'cart.CartCheckedOut',

  'order.OrderCreated',
  'promotion.PromotionApplied',
  'order.PromotionApplied',
  'inventory.InventoryReserved',
  'payment.PaymentRequested',
  'payment.PaymentProcessed',
  'order.OrderConfirmed',
  'inventory.ReservationCommitted',

  'delivery.DeliveryScheduled',
  'delivery.CarrierAssigned',
  'delivery.DeliveryStarted',
  'order.OrderShipped',
  'delivery.DeliveryTracked',
  'delivery.DeliveryCompleted',
  'order.OrderDelivered',
  'delivery.DeliveryConfirmed',
  'order.OrderCompleted',

  'customer.CustomerSpendingUpdated',
  'customer.LoyaltyStatusUpdated',
  'customer.CustomerSegmentChanged',
  'customer.RewardPointsEarned',
] as const
