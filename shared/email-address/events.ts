import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'

const holder = { customerId: z.string() }

/** The events of the claim on one address. None contains the address itself. */
export const emailAddressEvent = z.discriminatedUnion('type', [
  /** `since` is the time of the registration; missing in claims of the first release. */
  event(
    'EmailAddressClaimed',
    z.object({ ...holder, confirmBy: instantSchema, since: instantSchema.optional() }),
  ),
  /** `verified` is false if the token had not been presented yet, as in the first release. */
  event('EmailAddressConfirmed', z.object({ ...holder, verified: z.boolean() })),
  event(
    'EmailAddressReleased',
    z.object({ ...holder, reason: z.enum(['given_up', 'claim_lapsed', 'superseded']) }),
  ),
])
export type EmailAddressEvent = z.infer<typeof emailAddressEvent>
