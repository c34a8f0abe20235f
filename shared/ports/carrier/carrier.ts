import { z } from 'zod'
import { addressSchema } from '../../core/address/address.ts'

/** A parcel to be taken to an address. */
export const parcelSchema = z.object({
  /** With `revision` the key under which it is booked: once, whatever is retried. */
  deliveryId: z.string(),
  /** Counts from 1; a higher one replaces the booking of those before it (the address has changed). */
  revision: z.int().min(1),
  carrier: z.string(),
  service: z.string(),
  address: addressSchema,
  weightGrams: z.int().min(0),
})
export type Parcel = z.infer<typeof parcelSchema>

export const bookingSchema = z.object({ trackingNumber: z.string() })
type Booking = z.infer<typeof bookingSchema>

/**
 * Takes parcels to their addresses. A method may be called again with the same delivery id and revision and
 * answers the same. Throws `PortError`: `unknown_outcome` after a time-out (ask again), `unavailable` when nothing can
 * have happened, `rejected` when the carrier will never take the parcel as it is.
 */
export interface Carrier {
  book(parcel: Parcel): Promise<Booking>
}
