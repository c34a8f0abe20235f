import { clock } from '../../../durable-objects/sandbox/clock.ts'
import type { CustomerFacts } from '../../../shared/customer/commands.ts'
import { customerFacts } from '../../../shared/customer/state.ts'
import type { WaitingOrder } from '../../../shared/customer-profile/events.ts'
import { isFirstOrder, waitingOrders } from '../../../shared/customer-profile/state.ts'
import { readCustomer } from '../http/auth/active-customer.ts'
import type { ApiContext } from '../http/context.ts'
import { withTimeout } from '../http/timeout.ts'

const LIST_TIMEOUT_MS = 2_000

/** The facts of a buyer; `customer` is `null` if there is none. */
export interface Buyer {
  readonly customer: CustomerFacts | null
  /** Orders that await their payment. */
  readonly waiting: WaitingOrder[]
}

/**
 * The facts of a buyer: tier, segment and open orders from the profile that the order context keeps, status and points
 * from the customer. The first order creates the profile.
 */
export async function buyerOf(c: ApiContext, customerId: string): Promise<Buyer> {
  const profiles = c.env.CUSTOMER_PROFILE
  const [view, profile] = await Promise.all([
    readCustomer(c, customerId),
    withTimeout(profiles.getByName(customerId).read({})),
    clock.sync(c.env),
  ])
  if (!view) return { customer: null, waiting: [] }
  const customer = customerFacts(customerId, view.state, clock.now())
  if (!profile) {
    const firstOrder = customer.firstOrder && !(await hasOrdered(c, customerId))
    return { customer: { ...customer, firstOrder }, waiting: [] }
  }
  const { tier, segment } = profile.state
  return {
    customer: { ...customer, tier, segment, firstOrder: isFirstOrder(profile.state) },
    waiting: waitingOrders(profile.state, clock.now()),
  }
}

/** The facts of a customer; `null` if there is none. */
export async function customerFactsOf(c: ApiContext, customerId: string): Promise<CustomerFacts | null> {
  return (await buyerOf(c, customerId)).customer
}

/** Whether a customer without a profile (from before profiles existed) has an order, by the eventually consistent list. */
async function hasOrdered(c: ApiContext, customerId: string): Promise<boolean> {
  const placed = c.env.DATABASE.prepare(
    "SELECT 1 FROM orders WHERE customer_id = ? AND status <> 'cancelled' LIMIT 1",
  ).bind(customerId)
  // An unavailable list must not prevent orders.
  return withTimeout(placed.first(), LIST_TIMEOUT_MS).then(
    (row) => row !== null,
    () => false,
  )
}

/** The codes of a customer's personal promotions, used or not. */
export async function personalCodesOf(c: ApiContext, customerId: string): Promise<string[]> {
  const view = await readCustomer(c, customerId)
  const { welcome, retention } = view?.state ?? {}
  return [welcome, retention].flatMap((offer) => (offer?.issued ? [offer.promotionCode] : []))
}
