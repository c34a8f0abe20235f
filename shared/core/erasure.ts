import { z } from 'zod'
import { call, type Effect, type Message } from './effect.ts'

/** Whose personal data are to be removed wherever others keep them. */
export const erasureRequestSchema = z.object({ customerId: z.string() })

/** How far it went: orders that tell of nobody any more, and those still under way, which need their address. */
export const erasureResultSchema = z.object({ erased: z.int().min(0), open: z.int().min(0) })
export type ErasureResult = z.infer<typeof erasureResultSchema>

/**
 * Removes what orders, payments, deliveries, reviews and the mailbox know of a customer; `reply` gets the outcome
 * `{erased, open}`. May be asked for again, and has to be while something is open.
 */
export function erasePersonalDataElsewhere(customerId: string, reply: Message): Effect {
  return call('erasure', 'sweep', { customerId }, reply)
}
