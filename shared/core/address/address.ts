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
 * A postal address as it is stored; `country` is ISO 3166-1 alpha-2, `region` a state or province where one is
 * used. What is taken in is held to `completeAddressSchema`.
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

/** An address with all that its country's addresses need, written as they are. */
export const completeAddressSchema = complete(addressSchema)

/** A schema of addresses that also refuses what is missing or malformed, and writes the rest as its country does. */
export function complete(schema: typeof addressSchema): typeof addressSchema {
  return schema
    .superRefine((address, context) => {
      for (const { part, code, message } of addressFaults(address))
        context.addIssue({ code: 'custom', path: [part], message, params: { code } })
    })
    .overwrite(asWrittenThere)
}

/** What is wrong with one part of an address. */
interface AddressFault {
  readonly part: AddressPart | 'country'
  readonly code: 'required' | 'malformed_postal_code' | 'unknown_region' | 'unknown_country'
  readonly message: string
}

/** Countries whose regions decide where carriers go: there one that nobody knows is refused. */
const REGIONS_OF_CARRIERS = ['US']

/**
 * What keeps an address from being complete, by the format of its country. A region that its postal code tells
 * need not be given. Where there are no postal codes, city or region is enough; where nothing is known to be
 * required, one of the three has to say which place it is.
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
  const mayBeTold = faults.some(({ part }) => part === 'postalCode')
  for (const part of missingParts(asWrittenThere(address), format)) {
    // A right postal code may well tell it.
    if (part === 'region' && mayBeTold) continue
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

/** The address with its postal code and region as its country writes them; a region that the postal code tells is added. */
function asWrittenThere(address: Address): Address {
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

/** To the version whose addresses may lack city or postal code, which not every country has: older ones have both. */
export const anyAddress: Upcaster = (data) => data

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
