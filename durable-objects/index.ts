export { AllowanceObject } from './allowance.ts'
export { ForwarderObject } from './forwarder/object.ts'
export { IdempotencyKeysObject } from './idempotency-keys.ts'
export { ReplayObject } from './replay/object.ts'
export { ClockObject } from './sandbox/clock-object.ts'
export { SandboxGatewayObject } from './sandbox/gateway-object.ts'

import { cart } from '../shared/cart/aggregate.ts'
import { product } from '../shared/catalog/aggregate.ts'
import { customer } from '../shared/customer/aggregate.ts'
import { customerProfile } from '../shared/customer-profile/aggregate.ts'
import { delivery } from '../shared/delivery/aggregate.ts'
import { emailAddress } from '../shared/email-address/aggregate.ts'
import { inventory } from '../shared/inventory/aggregate.ts'
import { order } from '../shared/order/aggregate.ts'
import { payment } from '../shared/payment/aggregate.ts'
import { promotion } from '../shared/promotion/aggregate.ts'
import { review } from '../shared/review/aggregate.ts'
import { objectOf } from './aggregate/object.ts'

/** One Durable Object class per kind of aggregate; wrangler.toml names each of them. */
export class CustomerObject extends objectOf(customer) {}
export class EmailAddressObject extends objectOf(emailAddress) {}
export class ProductObject extends objectOf(product) {}
export class CartObject extends objectOf(cart) {}
export class CustomerProfileObject extends objectOf(customerProfile) {}
export class OrderObject extends objectOf(order) {}
export class PaymentObject extends objectOf(payment) {}
export class InventoryObject extends objectOf(inventory) {}
export class DeliveryObject extends objectOf(delivery) {}
export class PromotionObject extends objectOf(promotion) {}
export class ReviewObject extends objectOf(review) {}
