export { AllowanceObject } from './allowance.ts'
export { ForwarderObject } from './forwarder/object.ts'
export { IdempotencyKeysObject } from './idempotency-keys.ts'
export { ReplayObject } from './replay/object.ts'
export { ClockObject } from './sandbox/clock-object.ts'
export { SandboxGatewayObject } from './sandbox/gateway-object.ts'

import { registry } from '../shared/registry.ts'
import { objectOf } from './aggregate/object.ts'

/** One Durable Object class per kind of aggregate; wrangler.toml names each of them. */
export class CustomerObject extends objectOf(registry.customer) {}
export class EmailAddressObject extends objectOf(registry.email_address) {}
export class ProductObject extends objectOf(registry.product) {}
export class CartObject extends objectOf(registry.cart) {}
export class CustomerProfileObject extends objectOf(registry.customer_profile) {}
export class OrderObject extends objectOf(registry.order) {}
export class PaymentObject extends objectOf(registry.payment) {}
export class InventoryObject extends objectOf(registry.inventory) {}
export class DeliveryObject extends objectOf(registry.delivery) {}
export class PromotionObject extends objectOf(registry.promotion) {}
export class ReviewObject extends objectOf(registry.review) {}
