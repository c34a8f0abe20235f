import type { MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AggregateView } from '../../../../durable-objects/aggregate/protocol.ts'
import type { Customer } from '../../../../shared/customer/state.ts'
import type { ApiContext, ApiEnv } from '../context.ts'
import { Problem } from '../problems.ts'
import { withTimeout } from '../timeout.ts'
import { type Audience, customerIdOf, hasScope } from './authorization.ts'

type CustomerStatus = Customer['status'] | 'unknown'

const everyStatus: ReadonlySet<CustomerStatus> = new Set([
  'pending',
  'active',
  'suspended',
  'erased',
  'unknown',
])

/**
 * Commands that a customer who is not active may send, by status. The first five are for anyone and ignore the access
 * token.
 */
const exceptions: Readonly<Record<string, ReadonlySet<CustomerStatus>>> = {
  registerCustomer: everyStatus,
  verifyEmail: everyStatus,
  resendVerification: everyStatus,
  startSession: everyStatus,
  completeSession: everyStatus,
  // A repetition of the request that erased the customer gets its answer.
  eraseCustomer: new Set<CustomerStatus>(['erased']),
}

/** Whether some customer who is not active is refused by the operation: it is for customers, and has no exception for all. */
export function refusesInactiveCustomers(operationId: string, who: Audience): boolean {
  return (who === 'anyone' || who.includes('customer')) && exceptions[operationId] !== everyStatus
}

/**
 * Refuses the commands of a customer who is not active: an access token outlives a suspension by hours. It precedes
 * every command. Reads stay allowed.
 *
 * @throws Problem `customer_not_active` for pending, suspended, erased and unknown customers
 */
export function requireActiveCustomer(operationId: string, who: Audience): MiddlewareHandler<ApiEnv> {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const customerId = customerIdOf(c.get('caller'))
    if (customerId !== null && actsAsCustomer(c, who)) {
      const view = await readCustomer(c, customerId)
      const standing = view?.state.status ?? 'unknown'
      if (standing !== 'active' && !exceptions[operationId]?.has(standing))
        throw new Problem('customer_not_active', `The customer of this access token is ${standing}.`)
    }
    await next()
  })
}

/** A caller with several scopes acts as staff where a scope other than `customer` suffices. */
function actsAsCustomer(c: ApiContext, who: Audience): boolean {
  return who === 'anyone' || !who.some((scope) => scope !== 'customer' && hasScope(c.get('caller'), scope))
}

/** The current view of a customer, read once per request. */
export async function readCustomer(
  c: ApiContext,
  customerId: string,
): Promise<AggregateView<Customer> | null> {
  const known = c.get('customer')
  if (known?.id === customerId) return known
  const view = await withTimeout(c.env.CUSTOMER.getByName(customerId).read({}))
  if (view) c.set('customer', view)
  return view
}
