import { z } from 'zod'
import { call, type Effect, type Message } from './effect.ts'

/** The customer whose personal data other aggregates are to remove. */
export const erasureRequestSchema = z.object({ customerId: z.string() })

/** The number of orders without personal data, and of open ones, which still need their address. */
export const erasureResultSchema = z.object({ erased: z.int().min(0), open: z.int().min(0) })
export type ErasureResult = z.infer<typeof erasureResultSchema>

/**
 * Removes a customer's personal data from orders, payments, deliveries, reviews and the mailbox; `reply` gets the
 * outcome `{erased, open}`. Idempotent; has to be repeated while an order is open.
 */
export function erasePersonalDataElsewhere(customerId: string, reply: Message): Effect {
  return call('erasure', 'sweep', { customerId }, reply)
}
