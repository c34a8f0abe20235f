import { z } from 'zod'
import { addressSchema } from '../../core/address/address.ts'

/** A parcel to be delivered to an address. */
export const parcelSchema = z.object({
  /** With `revision` the idempotency key of the booking. */
  deliveryId: z.string(),
  /** From 1; a higher one replaces earlier bookings (the address has changed). */
  revision: z.int().min(1),
  carrier: z.string(),
  service: z.string(),
  address: addressSchema,
  weightGrams: z.int().min(0),
})
export type Parcel = z.infer<typeof parcelSchema>

export const bookingSchema = z.object({ trackingNumber: z.string() })

/**
 * Delivers parcels. Calls are idempotent by delivery id and revision. Throws `PortError`: `unknown_outcome` after a
 * timeout (call again), `unavailable` when nothing can have happened, `rejected` when the carrier will never accept
 * the parcel.
 */
export interface Carrier {
  book(parcel: Parcel): Promise<z.infer<typeof bookingSchema>>
}
