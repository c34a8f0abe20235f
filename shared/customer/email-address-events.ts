import { z } from 'zod'
import { event } from '../core/event.ts'
import { instantSchema } from '../core/time.ts'

const holder = { customerId: z.string() }

/** What happens to the claim on one address. The address itself stands in none of these. */
export const emailAddressEvent = z.discriminatedUnion('type', [
  event('EmailAddressClaimed', z.object({ ...holder, confirmBy: instantSchema })),
  event('EmailAddressConfirmed', z.object({ ...holder })),
  event('EmailAddressReleased', z.object({ ...holder, reason: z.enum(['given_up', 'claim_lapsed']) })),
])
export type EmailAddressEvent = z.infer<typeof emailAddressEvent>
