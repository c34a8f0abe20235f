import { z } from 'zod'
import { type Instant, instantSchema } from '../core/time.ts'

/** The customer who holds one e-mail address, if any. */
export const emailAddressSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('free'),
    /** The customer who released it last: a confirmation still in transit comes too late. */
    givenUpBy: z.string().optional(),
  }),
  z.object({
    status: z.literal('claimed'),
    customerId: z.string(),
    confirmBy: instantSchema,
    /** When the customer registered. */
    since: instantSchema.optional(),
  }),
  /** `verified` is false for registrations of the first release, where only the customer records it. */
  z.object({ status: z.literal('confirmed'), customerId: z.string(), verified: z.boolean() }),
])
export type EmailAddress = z.infer<typeof emailAddressSchema>

/** The customer to whom the address belongs at a time; `null` when it is free or its claim has lapsed. */
export function holderOf(state: EmailAddress | null, now: Instant): string | null {
  if (!state || state.status === 'free') return null
  return state.status === 'claimed' && state.confirmBy <= now ? null : state.customerId
}
