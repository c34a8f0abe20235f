import { z } from 'zod'
import { type CommandStep, commandsOutcomeSchema } from '../core/effect.ts'
import { command } from '../core/event.ts'
import { instantSchema, MINUTE } from '../core/time.ts'
import { allocationSchema, releasedBy } from './events.ts'

export const inventoryCommand = z.discriminatedUnion('type', [
  command('UpdateStock', {
    location: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
    /** The new count at the location, or a change of it: exactly one of the two. */
    set: z.int().min(0).max(1_000_000_000).optional(),
    adjust: z.int().min(-1_000_000_000).max(1_000_000_000).optional(),
    reason: z.string().max(200).optional(),
    /** Where the location is, for choosing the nearest (ISO 3166-1 alpha-2, region). */
    country: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{2}$/, 'must be a two-letter ISO 3166-1 country code')
      .optional(),
    region: z.string().trim().min(1).max(100).optional(),
    reorderPoint: z.int().min(0).max(1_000_000_000).optional(),
    reorderQuantity: z.int().min(1).max(1_000_000_000).optional(),
  }),
  command('ReserveInventory', {
    orderId: z.string().min(1).max(100),
    quantity: z.int().min(1).max(99_900),
    /** When the hold ends by itself; 30 minutes from now if missing. */
    expiresAt: instantSchema.optional(),
    /** So long (ms) the stock stays after the end, for an extension that is under way when it comes. */
    grace: z
      .int()
      .min(0)
      .max(10 * MINUTE)
      .optional(),
    shipTo: z.object({ country: z.string().max(20), region: z.string().max(200).optional() }).optional(),
  }),
  /** Moves the end of a hold further away, never nearer. */
  command('ExtendReservation', { orderId: z.string(), expiresAt: instantSchema }),
  /** The goods are sold: they leave both the shelf and the hold. */
  command('CommitReservation', { orderId: z.string() }),
  /**
   * Gives a hold back, or puts committed goods back on the shelf. Nothing held is no error: a release
   * may be repeated. `restock` names what to put back when the commit is too old to be kept.
   */
  command('ReleaseReservation', {
    orderId: z.string(),
    reason: z.string().max(200),
    restock: z.array(allocationSchema).optional(),
    /** Somebody other than the order itself: it has to hear of it. */
    by: releasedBy.optional(),
  }),
  /** Whether the order of a released hold took note of it; an order that there is not is none of ours. */
  command('RecordOrderNotified', { outcome: commandsOutcomeSchema }),
  /** From the timer: every hold whose time is over. */
  command('ExpireReservations', {}),
])
export type InventoryCommand = z.infer<typeof inventoryCommand>

/** A command for the stock of one SKU. */
export function toInventory(sku: string, command: InventoryCommand): CommandStep {
  return { to: { kind: 'inventory', id: sku }, command }
}
