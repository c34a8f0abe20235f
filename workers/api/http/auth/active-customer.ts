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
 * Commands that a customer may give who is not active: the whole list, each with its reason. The first five are
 * for anyone, and take nothing from the token that happens to be shown with them.
 */
const exceptions: Readonly<Record<string, ReadonlySet<CustomerStatus>>> = {
  registerCustomer: everyStatus,
  verifyEmail: everyStatus,
  resendVerification: everyStatus,
  startSession: everyStatus,
  completeSession: everyStatus,
  // Nothing is left to erase: whoever repeats the request, having lost its answer, gets the answer.
  eraseCustomer: new Set<CustomerStatus>(['erased']),
}

/**
 * The one place that refuses what a customer asks for who is not active, whatever token is shown: a token
 * outlives a suspension by hours. It stands before every command; what is theirs stays readable.
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

/** Staff who are customers too act as staff wherever one of their other scopes is enough. */
function actsAsCustomer(c: ApiContext, who: Audience): boolean {
  return who === 'anyone' || !who.some((scope) => scope !== 'customer' && hasScope(c.get('caller'), scope))
}

/** A customer as they are in this request: read once, for the check above and for whoever needs them after it. */
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
