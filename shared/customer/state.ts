import { z } from 'zod'
import type { Feature } from '../core/feature.ts'
import { type Instant, instantSchema } from '../core/time.ts'
import { segmentSchema } from '../promotion/terms.ts'
import type { CustomerCommand, CustomerFacts } from './commands.ts'
import { type CustomerEvent, paymentAttemptSchema, profileSchema } from './events.ts'
import { pointBalance } from './loyalty/points.ts'
import { loyaltySchema } from './loyalty/state.ts'

const oneTimeSecretSchema = z.object({
  secretHash: z.string(),
  secretLabel: z.string(),
  expiresAt: instantSchema,
})

export const customerSchema = z.object({
  status: z.enum(['pending', 'active', 'suspended', 'erased']),
  /** Empty once the customer is erased, like the hash and the name. */
  email: z.string(),
  emailHash: z.string(),
  profile: profileSchema,
  /** When the address was verified; until then, when the registration started. */
  registeredAt: instantSchema,
  /** The newest verification token. `used`: it is the one that verified the address. */
  verification: oneTimeSecretSchema.extend({ sent: z.boolean(), used: z.boolean() }),
  /** Another customer registered or verified the address before this registration was verified. */
  superseded: z.boolean().optional(),
  /** When the customer was erased, or the registration lapsed. */
  erasedAt: instantSchema.optional(),
  welcome: z.object({ promotionCode: z.string(), issued: z.boolean(), sent: z.boolean() }).optional(),
  /** Log-in codes that may still be open, oldest first. */
  logIns: z.array(oneTimeSecretSchema),
  /** When log-in codes were requested within the last hour, oldest first. */
  logInRequests: z.array(instantSchema),
  loyalty: loyaltySchema,
  segment: segmentSchema,
  /** The newest retention offer. */
  retention: z
    .object({ promotionCode: z.string(), percent: z.number(), issued: z.boolean(), sent: z.boolean() })
    .optional(),
  /** The newest payment attempts, oldest first, each with its recorded facts. */
  paymentAttempts: z.array(paymentAttemptSchema.extend({ at: instantSchema })),
})
export type Customer = z.infer<typeof customerSchema>

/** One feature of a customer. */
export type CustomerFeature = Feature<Customer, CustomerCommand, CustomerEvent>

/** A customer has at most one timer of each, and none once erased. */
export const timers = {
  points: 'points-expiry',
  tier: 'tier-review',
  segment: 'segment-review',
  registration: 'registration-end',
} as const

/** The customer facts for carts and orders; `pointsAvailable` are those that can be spent at `now`. */
export function customerFacts(customerId: string, state: Customer, now: Instant): CustomerFacts {
  return {
    customerId,
    status: state.status,
    tier: state.loyalty.tier,
    segment: state.segment,
    firstOrder: state.loyalty.deliveredOrders === 0,
    pointsAvailable: pointBalance(state.loyalty, now).available,
  }
}
