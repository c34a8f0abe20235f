import { z } from 'zod'

const line = z.string().trim().min(1).max(200)

/** A postal address; `country` is ISO 3166-1 alpha-2, `region` a state or province where one is used. */
export const addressSchema = z.strictObject({
  name: line,
  line1: line,
  line2: line.optional(),
  city: line,
  region: line.optional(),
  postalCode: z.string().trim().min(1).max(20),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'must be a two-letter ISO 3166-1 country code'),
})
export type Address = z.infer<typeof addressSchema>

/** Stands where something personal was. */
export const ERASED = 'erased'

/** An address of which only country and region are left, which tax, rates and statistics need. */
export function addressWithoutPerson({ country, region }: Address): Address {
  return {
    name: ERASED,
    line1: ERASED,
    city: ERASED,
    ...(region !== undefined && { region }),
    postalCode: ERASED,
    country,
  }
}
