import { createHmac } from 'node:crypto'
import { clock } from '../../durable-objects/clock.ts'
import { emailAddressSecret } from '../../durable-objects/secrets.ts'
import { type EmailAddress, holderOf } from '../../shared/customer/email-address-state.ts'
import { normalizeEmail } from '../../shared/customer/normalize-email.ts'
import { answerWithin } from './commands.ts'
import type { ApiContext } from './context.ts'
import { invalidRequest } from './problems.ts'
import type { AggregateStub } from './resources/resource.ts'

/** An address in the one form in which it is stored, with the name of the object that holds its claim. */
export interface EmailClaim {
  readonly email: string
  readonly emailHash: string
  readonly object: AggregateStub<EmailAddress>
}

/** @throws Problem `invalid_request` for anything that is no e-mail address */
export function emailClaimOf(c: ApiContext, text: string): EmailClaim {
  const email = normalizeEmail(text)
  if (email === null)
    throw invalidRequest({
      pointer: '/email',
      code: 'invalid_email',
      detail: 'This is not an e-mail address.',
    })
  // Keyed, so that nobody can find an address by hashing candidates.
  const emailHash = createHmac('sha256', emailAddressSecret(c.env) ?? '')
    .update(`petrel e-mail address ${email}`)
    .digest('hex')
  const object = c.env.EMAIL_ADDRESS.get(c.env.EMAIL_ADDRESS.idFromName(emailHash))
  return { email, emailHash, object }
}

/** The customer to whom an address belongs; `null` when it is free. */
export async function holderOfEmail(c: ApiContext, { object }: EmailClaim): Promise<string | null> {
  const [reading] = await Promise.all([answerWithin(object.read({})), clock.sync(c.env)])
  return holderOf(reading?.state ?? null, clock.now())
}
