/**
 * The elements of the event storming, in its words and order. Names that the code does not have make
 * the generator fail: the event storming is the specification, and this list is its only copy.
 */

/** The customer's journey, section by section; events as CloudEvents types. */
export const timeline = [
  {
    section: 'Registration',
    events: [
      'customer.CustomerRegistrationStarted',
      'customer.EmailVerificationSent',
      'customer.CustomerRegistered',
      'customer.WelcomeEmailSent',
    ],
  },
  {
    section: 'Shopping',
    events: ['catalog.ProductViewed', 'cart.ProductAddedToCart', 'cart.CartUpdated', 'cart.PromotionApplied'],
  },
  {
    section: 'Ordering',
    events: [
      'order.OrderCreated',
      'payment.PaymentRequested',
      'payment.PaymentProcessed',
      'order.OrderConfirmed',
      'inventory.InventoryReserved',
    ],
  },
  {
    section: 'Fulfillment',
    events: [
      'order.OrderShipped',
      'delivery.DeliveryStarted',
      'order.OrderDelivered',
      'delivery.DeliveryConfirmed',
    ],
  },
  {
    section: 'Post-Purchase',
    events: [
      'review.ReviewRequested',
      'review.ReviewSubmitted',
      'customer.RewardPointsEarned',
      'customer.LoyaltyStatusUpdated',
    ],
  },
] as const

/** The six bounded contexts with their elements; also commands that share the name of an HTTP operation. */
export const contexts = [
  {
    context: 'customer',
    aggregate: 'Customer Aggregate',
    events: ['CustomerRegistered', 'CustomerProfileUpdated', 'CustomerSpendingUpdated'],
    commands: ['RegisterCustomer', 'UpdateProfile', 'UpdateSpending'],
    policies: ['CustomerLoyaltyPolicy', 'CustomerSegmentationPolicy'],
  },
  {
    context: 'order',
    aggregate: 'Order Aggregate',
    events: ['OrderCreated', 'OrderConfirmed', 'OrderCancelled'],
    commands: ['CreateOrder', 'ConfirmOrder', 'CancelOrder'],
    policies: ['OrderDiscountPolicy', 'OrderValidationPolicy'],
  },
  {
    context: 'payment',
    aggregate: 'Payment Aggregate',
    events: ['PaymentRequested', 'PaymentProcessed', 'PaymentFailed'],
    commands: ['ProcessPayment', 'RefundPayment'],
    policies: ['PaymentSecurityPolicy', 'FraudDetectionPolicy'],
  },
  {
    context: 'inventory',
    aggregate: 'Inventory Aggregate',
    events: ['InventoryReserved', 'InventoryUpdated', 'StockLevelChanged'],
    commands: ['ReserveInventory', 'UpdateStock', 'ReleaseReservation'],
    policies: ['StockReplenishmentPolicy', 'AllocationPolicy'],
  },
  {
    context: 'delivery',
    aggregate: 'Delivery Aggregate',
    events: ['DeliveryScheduled', 'DeliveryStarted', 'DeliveryCompleted'],
    commands: ['ScheduleDelivery', 'StartDelivery', 'CompleteDelivery'],
    policies: ['DeliveryRoutingPolicy', 'DeliveryTimePolicy'],
  },
  {
    context: 'promotion',
    aggregate: 'Promotion Aggregate',
    events: ['PromotionCreated', 'PromotionApplied', 'PromotionExpired'],
    commands: ['CreatePromotion', 'ApplyPromotion', 'ExpirePromotion'],
    policies: ['PromotionEligibilityPolicy', 'PromotionStackingPolicy'],
  },
] as const

/** The code behind an element: a command or an event of a context, a policy, or an HTTP operation. */
export type Reference =
  | { readonly command: `${string}.${string}` }
  | { readonly event: `${string}.${string}` }
  | { readonly policy: string }
  | { readonly operation: string; readonly path: string }

/** The nodes of the process model, and the code behind each. */
export const processNodes: readonly {
  readonly node: string
  readonly title: string
  readonly process: string
  readonly is: readonly [Reference, ...Reference[]]
}[] = [
  {
    node: 'A',
    title: 'Customer Registration',
    process: 'Customer Management',
    is: [{ command: 'customer.RegisterCustomer' }],
  },
  {
    node: 'B',
    title: 'Email Verification',
    process: 'Customer Management',
    is: [{ command: 'customer.VerifyEmail' }],
  },
  {
    node: 'C',
    title: 'Profile Creation',
    process: 'Customer Management',
    is: [{ command: 'customer.UpdateProfile' }],
  },
  {
    node: 'D',
    title: 'Welcome Package',
    process: 'Customer Management',
    is: [{ event: 'customer.WelcomePromotionIssued' }, { event: 'customer.WelcomeEmailSent' }],
  },
  {
    node: 'E',
    title: 'Cart Management',
    process: 'Order Processing',
    is: [{ command: 'cart.AddItem' }, { command: 'cart.ApplyPromotion' }, { command: 'cart.CheckOut' }],
  },
  {
    node: 'F',
    title: 'Order Creation',
    process: 'Order Processing',
    is: [{ command: 'order.CreateOrder' }],
  },
  {
    node: 'G',
    title: 'Payment Processing',
    process: 'Order Processing',
    is: [{ command: 'payment.ProcessPayment' }],
  },
  {
    node: 'H',
    title: 'Order Confirmation',
    process: 'Order Processing',
    is: [{ command: 'order.ConfirmOrder' }, { event: 'order.OrderConfirmed' }],
  },
  {
    node: 'I',
    title: 'Inventory Management',
    process: 'Order Processing',
    is: [{ command: 'inventory.ReserveInventory' }, { command: 'inventory.CommitReservation' }],
  },
  {
    node: 'J',
    title: 'Fulfillment',
    process: 'Order Processing',
    is: [{ event: 'order.OrderDeliveryRequested' }],
  },
  {
    node: 'K',
    title: 'Shipping Preparation',
    process: 'Delivery',
    is: [{ command: 'delivery.ScheduleDelivery' }],
  },
  {
    node: 'L',
    title: 'Carrier Assignment',
    process: 'Delivery',
    is: [{ event: 'delivery.CarrierAssigned' }],
  },
  { node: 'M', title: 'Delivery Tracking', process: 'Delivery', is: [{ command: 'delivery.TrackDelivery' }] },
  {
    node: 'N',
    title: 'Delivery Completion',
    process: 'Delivery',
    is: [{ command: 'delivery.CompleteDelivery' }, { command: 'delivery.ConfirmDelivery' }],
  },
  {
    node: 'O',
    title: 'Review Collection',
    process: 'Post-Purchase',
    is: [{ command: 'review.RequestReview' }, { command: 'review.SubmitReview' }],
  },
  {
    node: 'P',
    title: 'Loyalty Processing',
    process: 'Post-Purchase',
    is: [{ command: 'customer.EarnPoints' }, { policy: 'CustomerLoyaltyPolicy' }],
  },
  {
    node: 'Q',
    title: 'Customer Retention',
    process: 'Post-Purchase',
    is: [{ policy: 'CustomerSegmentationPolicy' }, { event: 'customer.RetentionOfferMade' }],
  },
]

/** The arrows between processes of the process model. */
export const processLinks: readonly {
  readonly from: string
  readonly to: string
  readonly what: string
  readonly is: readonly [Reference, ...Reference[]]
}[] = [
  {
    from: 'D',
    to: 'E',
    what: 'the welcome promotion is usable in the cart',
    is: [{ event: 'cart.PromotionApplied' }],
  },
  {
    from: 'H',
    to: 'O',
    what: 'a review is asked for once the confirmed order has arrived',
    is: [{ event: 'order.OrderReviewsRequested' }],
  },
  {
    from: 'P',
    to: 'E',
    what: 'points and personal offers pay for the next order',
    is: [{ command: 'customer.RedeemPoints' }, { event: 'customer.RetentionOfferMade' }],
  },
]

/** The arrows of the sequence diagram, in order. */
export const messages: readonly {
  readonly from: string
  readonly to: string
  readonly message: string
  readonly is: readonly [Reference, ...Reference[]]
}[] = [
  {
    from: 'Customer',
    to: 'Order',
    message: 'CustomerRegistered',
    is: [{ event: 'customer.CustomerRegistered' }],
  },
  { from: 'Customer', to: 'Order', message: 'CreateOrder', is: [{ command: 'order.CreateOrder' }] },
  {
    from: 'Order',
    to: 'Promotion',
    message: 'CheckPromotionEligibility',
    is: [
      { operation: 'checkPromotionEligibility', path: '/check' },
      { policy: 'PromotionEligibilityPolicy' },
    ],
  },
  {
    from: 'Promotion',
    to: 'Order',
    message: 'PromotionApplied',
    is: [{ event: 'promotion.PromotionApplied' }, { event: 'order.PromotionApplied' }],
  },
  {
    from: 'Order',
    to: 'Inventory',
    message: 'ReserveInventory',
    is: [{ command: 'inventory.ReserveInventory' }],
  },
  {
    from: 'Inventory',
    to: 'Order',
    message: 'InventoryReserved',
    is: [{ event: 'inventory.InventoryReserved' }],
  },
  { from: 'Order', to: 'Payment', message: 'ProcessPayment', is: [{ command: 'payment.ProcessPayment' }] },
  { from: 'Payment', to: 'Order', message: 'PaymentProcessed', is: [{ event: 'payment.PaymentProcessed' }] },
  { from: 'Order', to: 'Order', message: 'OrderConfirmed', is: [{ event: 'order.OrderConfirmed' }] },
  {
    from: 'Order',
    to: 'Delivery',
    message: 'ScheduleDelivery',
    is: [{ command: 'delivery.ScheduleDelivery' }],
  },
  { from: 'Order', to: 'Customer', message: 'OrderConfirmed', is: [{ event: 'order.OrderConfirmed' }] },
  {
    from: 'Delivery',
    to: 'Delivery',
    message: 'DeliveryStarted',
    is: [{ event: 'delivery.DeliveryStarted' }],
  },
  { from: 'Delivery', to: 'Customer', message: 'DeliveryStarted', is: [{ event: 'order.OrderShipped' }] },
  {
    from: 'Delivery',
    to: 'Delivery',
    message: 'DeliveryCompleted',
    is: [{ event: 'delivery.DeliveryCompleted' }],
  },
  {
    from: 'Delivery',
    to: 'Order',
    message: 'DeliveryCompleted',
    is: [{ command: 'order.RecordDelivery' }],
  },
  { from: 'Order', to: 'Customer', message: 'OrderDelivered', is: [{ event: 'order.OrderDelivered' }] },
  {
    from: 'Customer',
    to: 'Customer',
    message: 'RewardPointsEarned',
    is: [{ event: 'customer.RewardPointsEarned' }],
  },
]

/** The observability events of the event storming, by category. */
export const observability = {
  business: [
    'customer.CustomerRegistered',
    'order.OrderCreated',
    'payment.PaymentProcessed',
    'delivery.DeliveryCompleted',
  ],
  system: [
    'system.ApplicationStarted',
    'system.DatabaseConnected',
    'system.CacheWarmed',
    'system.HealthCheckPassed',
  ],
  error: [
    'payment.PaymentFailed',
    'inventory.InventoryInsufficient',
    'delivery.DeliveryFailed',
    'system.SystemError',
  ],
} as const

/** Every event type of the event storming, once. */
export const drawnEvents: readonly string[] = [
  ...new Set<string>([
    ...timeline.flatMap(({ events }) => events),
    ...contexts.flatMap(({ context, events }) => events.map((event) => `${context}.${event}`)),
    ...messages.flatMap(({ is }) => is.flatMap((reference) => ('event' in reference ? reference.event : []))),
    ...Object.values(observability).flat(),
  ]),
]
