import { z } from 'zod'
import { command } from '../core/aggregate.ts'
import { type CommandStep, commandsOutcomeSchema } from '../core/effect.ts'
import { instantSchema, MINUTE } from '../core/time.ts'
import { allocationSchema, releasedBy } from './events.ts'

export const inventoryCommand = z.discriminatedUnion('type', [
  command('UpdateStock', {
    location: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
    /** The new count at the location, or a change of it: exactly one of the two. */
    set: z.int().min(0).max(1_000_000_000).optional(),
    adjust: z.int().min(-1_000_000_000).max(1_000_000_000).optional(),
    reason: z.string().max(200).optional(),
    /** The place of the location, to choose the nearest (ISO 3166-1 alpha-2, region). */
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
    /** When the hold expires; 30 minutes from now if missing. */
    expiresAt: instantSchema.optional(),
    /** How long (ms) the stock stays held after that, for an extension that is still under way. */
    grace: z
      .int()
      .min(0)
      .max(10 * MINUTE)
      .optional(),
    shipTo: z.object({ country: z.string().max(20), region: z.string().max(200).optional() }).optional(),
  }),
  /** Extends a hold, never shortens it. */
  command('ExtendReservation', { orderId: z.string(), expiresAt: instantSchema }),
  /** The goods are sold: they leave both the shelf and the hold. */
  command('CommitReservation', { orderId: z.string() }),
  /**
   * Releases a hold, or restocks committed goods. Without a hold it is not an error: a release
   * may be repeated. `restock` names the goods when the commit is too old to be retained.
   */
  command('ReleaseReservation', {
    orderId: z.string(),
    reason: z.string().max(200),
    restock: z.array(allocationSchema).optional(),
    /** Set when the order itself did not request the release: it has to be notified. */
    by: releasedBy.optional(),
  }),
  /** Whether the order recorded the release of its hold; an unknown order is not an error. */
  command('RecordOrderNotified', { outcome: commandsOutcomeSchema }),
  /** From the timer: expires every overdue hold. */
  command('ExpireReservations', {}),
])
export type InventoryCommand = z.infer<typeof inventoryCommand>

/** A command for the stock of one SKU. */
export function toInventory(sku: string, command: InventoryCommand): CommandStep {
  return { to: { kind: 'inventory', id: sku }, command }
}
