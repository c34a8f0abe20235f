// Written by `npx bun run schemas`.
import cartCartUpdatedV1 from './cart.CartUpdated.v1.json' with { type: 'json' }
import cartPromotionAppliedV1 from './cart.PromotionApplied.v1.json' with { type: 'json' }
import customerCustomerProfileUpdatedV1 from './customer.CustomerProfileUpdated.v1.json' with { type: 'json' }
import customerCustomerRegistrationStartedV1 from './customer.CustomerRegistrationStarted.v1.json' with {
  type: 'json',
}
import customerCustomerSegmentChangedV1 from './customer.CustomerSegmentChanged.v1.json' with { type: 'json' }
import customerCustomerSpendingUpdatedV1 from './customer.CustomerSpendingUpdated.v1.json' with {
  type: 'json',
}
import customerEmailAddressConfirmedV1 from './customer.EmailAddressConfirmed.v1.json' with { type: 'json' }
import customerEmailAddressReleasedV1 from './customer.EmailAddressReleased.v1.json' with { type: 'json' }
import customerLoyaltyStatusUpdatedV1 from './customer.LoyaltyStatusUpdated.v1.json' with { type: 'json' }
import customerRewardPointsEarnedV1 from './customer.RewardPointsEarned.v1.json' with { type: 'json' }
import customerRewardPointsRedeemedV1 from './customer.RewardPointsRedeemed.v1.json' with { type: 'json' }
import customerRewardPointsRestoredV1 from './customer.RewardPointsRestored.v1.json' with { type: 'json' }
import deliveryCarrierAssignedV1 from './delivery.CarrierAssigned.v1.json' with { type: 'json' }
import deliveryDeliveryAddressChangedV1 from './delivery.DeliveryAddressChanged.v1.json' with { type: 'json' }
import deliveryDeliveryScheduledV1 from './delivery.DeliveryScheduled.v1.json' with { type: 'json' }
import deliveryDeliveryScheduledV2 from './delivery.DeliveryScheduled.v2.json' with { type: 'json' }
import inventoryInventoryInsufficientV1 from './inventory.InventoryInsufficient.v1.json' with { type: 'json' }
import inventoryInventoryReservedV1 from './inventory.InventoryReserved.v1.json' with { type: 'json' }
import inventoryReplenishmentRequestedV1 from './inventory.ReplenishmentRequested.v1.json' with {
  type: 'json',
}
import orderOrderAddressChangedV1 from './order.OrderAddressChanged.v1.json' with { type: 'json' }
import orderOrderCancelledV1 from './order.OrderCancelled.v1.json' with { type: 'json' }
import orderOrderCreatedV1 from './order.OrderCreated.v1.json' with { type: 'json' }
import orderOrderCreatedV2 from './order.OrderCreated.v2.json' with { type: 'json' }
import orderOrderCreatedV3 from './order.OrderCreated.v3.json' with { type: 'json' }
import orderOrderCreatedV4 from './order.OrderCreated.v4.json' with { type: 'json' }
import orderOrderPaymentFailedV1 from './order.OrderPaymentFailed.v1.json' with { type: 'json' }
import orderOrderPaymentStartedV1 from './order.OrderPaymentStarted.v1.json' with { type: 'json' }
import orderOrderRefundedV1 from './order.OrderRefunded.v1.json' with { type: 'json' }
import orderOrderRepricedV1 from './order.OrderRepriced.v1.json' with { type: 'json' }
import orderOrderRepricedV2 from './order.OrderRepriced.v2.json' with { type: 'json' }
import orderOrderRepricedV3 from './order.OrderRepriced.v3.json' with { type: 'json' }
import orderOrderStockHeldV1 from './order.OrderStockHeld.v1.json' with { type: 'json' }
import paymentPaymentFailedV1 from './payment.PaymentFailed.v1.json' with { type: 'json' }
import paymentPaymentRefundRequestedV1 from './payment.PaymentRefundRequested.v1.json' with { type: 'json' }
import paymentPaymentRequestedV1 from './payment.PaymentRequested.v1.json' with { type: 'json' }
import promotionPromotionAppliedV1 from './promotion.PromotionApplied.v1.json' with { type: 'json' }
import promotionPromotionCreatedV1 from './promotion.PromotionCreated.v1.json' with { type: 'json' }
import systemSystemErrorV1 from './system.SystemError.v1.json' with { type: 'json' }

/** The published schemas of versions that are no longer stored, by name (`order.OrderCreated.v1`). */
export const olderSchemas: ReadonlyMap<string, object> = new Map<string, object>([
  ['cart.CartUpdated.v1', cartCartUpdatedV1],
  ['cart.PromotionApplied.v1', cartPromotionAppliedV1],
  ['customer.CustomerProfileUpdated.v1', customerCustomerProfileUpdatedV1],
  ['customer.CustomerRegistrationStarted.v1', customerCustomerRegistrationStartedV1],
  ['customer.CustomerSegmentChanged.v1', customerCustomerSegmentChangedV1],
  ['customer.CustomerSpendingUpdated.v1', customerCustomerSpendingUpdatedV1],
  ['customer.EmailAddressConfirmed.v1', customerEmailAddressConfirmedV1],
  ['customer.EmailAddressReleased.v1', customerEmailAddressReleasedV1],
  ['customer.LoyaltyStatusUpdated.v1', customerLoyaltyStatusUpdatedV1],
  ['customer.RewardPointsEarned.v1', customerRewardPointsEarnedV1],
  ['customer.RewardPointsRedeemed.v1', customerRewardPointsRedeemedV1],
  ['customer.RewardPointsRestored.v1', customerRewardPointsRestoredV1],
  ['delivery.CarrierAssigned.v1', deliveryCarrierAssignedV1],
  ['delivery.DeliveryAddressChanged.v1', deliveryDeliveryAddressChangedV1],
  ['delivery.DeliveryScheduled.v1', deliveryDeliveryScheduledV1],
  ['delivery.DeliveryScheduled.v2', deliveryDeliveryScheduledV2],
  ['inventory.InventoryInsufficient.v1', inventoryInventoryInsufficientV1],
  ['inventory.InventoryReserved.v1', inventoryInventoryReservedV1],
  ['inventory.ReplenishmentRequested.v1', inventoryReplenishmentRequestedV1],
  ['order.OrderAddressChanged.v1', orderOrderAddressChangedV1],
  ['order.OrderCancelled.v1', orderOrderCancelledV1],
  ['order.OrderCreated.v1', orderOrderCreatedV1],
  ['order.OrderCreated.v2', orderOrderCreatedV2],
  ['order.OrderCreated.v3', orderOrderCreatedV3],
  ['order.OrderCreated.v4', orderOrderCreatedV4],
  ['order.OrderPaymentFailed.v1', orderOrderPaymentFailedV1],
  ['order.OrderPaymentStarted.v1', orderOrderPaymentStartedV1],
  ['order.OrderRefunded.v1', orderOrderRefundedV1],
  ['order.OrderRepriced.v1', orderOrderRepricedV1],
  ['order.OrderRepriced.v2', orderOrderRepricedV2],
  ['order.OrderRepriced.v3', orderOrderRepricedV3],
  ['order.OrderStockHeld.v1', orderOrderStockHeldV1],
  ['payment.PaymentFailed.v1', paymentPaymentFailedV1],
  ['payment.PaymentRefundRequested.v1', paymentPaymentRefundRequestedV1],
  ['payment.PaymentRequested.v1', paymentPaymentRequestedV1],
  ['promotion.PromotionApplied.v1', promotionPromotionAppliedV1],
  ['promotion.PromotionCreated.v1', promotionPromotionCreatedV1],
  ['system.SystemError.v1', systemSystemErrorV1],
])
