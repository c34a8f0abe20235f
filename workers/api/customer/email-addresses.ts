import { createHmac } from 'node:crypto'
import { emailAddressSecret } from '../../../durable-objects/adapters/secrets.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import type { EmailAddressCommand } from '../../../shared/customer/commands.ts'
import { type EmailAddress, holderOf } from '../../../shared/email-address/state.ts'
import type { ApiContext } from '../http/context.ts'
import { Problem } from '../http/problems.ts'
import type { AggregateStub } from '../http/resource.ts'
import { withTimeout } from '../http/timeout.ts'
import { customers } from './resource.ts'

/**
 * The name of the object of a normalized e-mail address (`normalizeEmail`). A keyed hash, so that addresses cannot be
 * found by hashing candidates.
 *
 * @throws Problem `not_configured`
 */
export function emailHashOf(c: ApiContext, email: string): string {
  const secret = emailAddressSecret(c.env)
  if (secret === null)
    throw new Problem('not_configured', 'EMAIL_ADDRESS_SECRET has to be at least 32 characters.')
  return createHmac('sha256', secret).update(`petrel e-mail address ${email}`).digest('hex')
}

/** The customer who holds an address; `null` if it is free. */
export async function holderOfEmail(c: ApiContext, emailHash: string): Promise<string | null> {
  const [view] = await Promise.all([withTimeout(claimObject(c, emailHash).read({})), clock.sync(c.env)])
  return holderOf(view?.state ?? null, clock.now())
}

/**
 * Whether another customer holds an address and has verified it. A claim by an unverified registration of the first
 * release is superseded here, because the address's object does not record its verification.
 */
export async function isTaken(c: ApiContext, emailHash: string, customerId: string): Promise<boolean> {
  const view = await withTimeout(claimObject(c, emailHash).read({}))
  const state = view?.state
  if (state?.status !== 'confirmed' || state.customerId === customerId) return false
  if (state.verified) return true
  const holder = await withTimeout(customers.object(c.env, state.customerId).read({}))
  if (holder?.state.verification.used) return true
  await dispatchToAddress(c, emailHash, { type: 'SupersedeEmailAddressClaim', customerId: state.customerId })
  return false
}

/** Dispatches a command to the object of an address. Returns whether it was accepted. */
export async function dispatchToAddress(
  c: ApiContext,
  emailHash: string,
  command: EmailAddressCommand,
): Promise<boolean> {
  const object = claimObject(c, emailHash)
  return (await withTimeout(object.execute({ id: emailHash, command, trace: c.get('trace') }))).ok
}

function claimObject(c: ApiContext, emailHash: string): AggregateStub<EmailAddress> {
  return c.env.EMAIL_ADDRESS.getByName(emailHash)
}
