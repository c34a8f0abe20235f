import { z } from 'zod'
import type { Upcaster } from '../aggregate.ts'
import {
  type AddressFormat,
  type AddressPart,
  addressFormatOf,
  addressParts,
  postalCodeIn,
  regionNamed,
  regionOfPostalCode,
} from './address-format.ts'

const line = z.string().trim().min(1).max(200)

/**
 * A stored postal address; `country` is ISO 3166-1 alpha-2, `region` a state or province where one is used.
 * Requests are validated with `completeAddressSchema`.
 */
export const addressSchema = z.strictObject({
  name: line,
  line1: line,
  line2: line.optional(),
  city: line.optional(),
  region: line.optional(),
  postalCode: z.string().trim().min(1).max(20).optional(),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'must be a two-letter ISO 3166-1 country code'),
})
export type Address = z.infer<typeof addressSchema>

/** An address with all parts that its country requires, in the country's format. */
export const completeAddressSchema = complete(addressSchema)

/** Adds to a schema of addresses: refuses missing and malformed parts, and formats the rest as its country does. */
export function complete(schema: typeof addressSchema): typeof addressSchema {
  return schema
    .superRefine((address, context) => {
      for (const { part, code, message } of addressFaults(address))
        context.addIssue({ code: 'custom', path: [part], message, params: { code } })
    })
    .overwrite(inLocalFormat)
}

interface AddressFault {
  readonly part: AddressPart | 'country'
  readonly code: 'required' | 'malformed_postal_code' | 'unknown_region' | 'unknown_country'
  readonly message: string
}

/** Countries in which regions decide the carrier: an unknown region is refused. */
const REGIONS_OF_CARRIERS = ['US']

/**
 * The faults of an address by the format of its country. A region that follows from the postal code is optional.
 * Without postal codes, city or region is enough; if the data requires nothing, one of the three parts is
 * required.
 */
function addressFaults(address: Address): AddressFault[] {
  const { country } = address
  const format = addressFormatOf(country)
  if (!format)
    return [{ part: 'country', code: 'unknown_country', message: 'There is no such country in ISO 3166-1.' }]
  const faults: AddressFault[] = []
  const { postalCode, region } = address
  if (postalCode !== undefined && postalCodeIn(country, postalCode) === null)
    faults.push({
      part: 'postalCode',
      code: 'malformed_postal_code',
      message: `This is no postal code of ${country}.`,
    })
  if (region !== undefined && REGIONS_OF_CARRIERS.includes(country) && !regionNamed(country, region))
    faults.push({ part: 'region', code: 'unknown_region', message: `This is no region of ${country}.` })
  const regionMayFollow = faults.some(({ part }) => part === 'postalCode')
  for (const part of missingParts(inLocalFormat(address), format)) {
    // It may follow from the corrected postal code.
    if (part === 'region' && regionMayFollow) continue
    faults.push({ part, code: 'required', message: `An address in ${country} has to have this.` })
  }
  return faults
}

function missingParts(address: Address, { used, required }: AddressFormat): readonly AddressPart[] {
  const isMissing = (part: AddressPart) => address[part] === undefined
  if (required !== null && used.includes('postalCode')) return required.filter(isMissing)
  const [first = 'city'] = required ?? []
  return required?.length === 0 || !addressParts.every(isMissing) ? [] : [first]
}

/** The address with postal code and region in its country's format; a region that follows from the postal code is added. */
function inLocalFormat(address: Address): Address {
  const { name, line1, line2, city, country } = address
  const postalCode =
    address.postalCode === undefined
      ? undefined
      : (postalCodeIn(country, address.postalCode) ?? address.postalCode)
  const region =
    address.region === undefined
      ? postalCode && regionOfPostalCode(country, postalCode, city)?.label
      : (regionNamed(country, address.region)?.label ?? address.region)
  return {
    name,
    line1,
    ...(line2 !== undefined && { line2 }),
    ...(city !== undefined && { city }),
    ...(region && { region }),
    ...(postalCode !== undefined && { postalCode }),
    country,
  }
}

/** To the version with optional city and postal code, which not every country has: older addresses have both. */
export const anyAddress: Upcaster = (data) => data

/** Replaces personal data. */
export const ERASED = 'erased'

/** An address reduced to country and region, which tax, rates and statistics need. */
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
