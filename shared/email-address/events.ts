import { z } from 'zod'
import { event } from '../core/event.ts'
import { instantSchema } from '../core/time.ts'

const holder = { customerId: z.string() }

/** What happens to the claim on one address. The address itself stands in none of these. */
export const emailAddressEvent = z.discriminatedUnion('type', [
  /** `since` is the time of the registration; missing in claims of the first release. */
  event(
    'EmailAddressClaimed',
    z.object({ ...holder, confirmBy: instantSchema, since: instantSchema.optional() }),
  ),
  /** `verified` is false where the token had not been shown yet, as in the first release. */
  event('EmailAddressConfirmed', z.object({ ...holder, verified: z.boolean() })),
  event(
    'EmailAddressReleased',
    z.object({ ...holder, reason: z.enum(['given_up', 'claim_lapsed', 'superseded']) }),
  ),
])
export type EmailAddressEvent = z.infer<typeof emailAddressEvent>
