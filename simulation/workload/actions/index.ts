import { bankActions } from './bank.ts'
import { cartActions } from './carts.ts'
import { customerActions } from './customers.ts'
import { deliveryActions } from './deliveries.ts'
import { orderActions } from './orders.ts'
import { paymentActions } from './payments.ts'
import { promotionActions } from './promotions.ts'
import { readActions } from './reads.ts'
import { staffActions } from './staff.ts'
import { stockActions } from './stock.ts'
import { timeActions } from './time.ts'

/** Everything that clients do, by name. */
export const actions = {
  ...stockActions,
  ...promotionActions,
  ...customerActions,
  ...cartActions,
  ...orderActions,
  ...paymentActions,
  ...deliveryActions,
  ...bankActions,
  ...readActions,
  ...staffActions,
  ...timeActions,
}
export type ActionName = keyof typeof actions
