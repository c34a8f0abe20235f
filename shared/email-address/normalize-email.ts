/** RFC 5321, 4.5.3.1: what a mail server has to take. */
const longest = { local: 64, domain: 253, address: 254 }
/** No address needs more to be written in any other form of Unicode; normalizing takes longer than reading. */
const LONGEST_WRITTEN = 4 * longest.address

/**
 * RFC 5322 `dot-atom` in lower case, with the letters of RFC 6531. A quoted local part is not taken, nor
 * are characters that show as nothing: two addresses that look alike would be two customers.
 */
const localPart =
  /^(?!\.|.*\.\.|.*\.$|.*\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u
/** Only what a host name can be made of, so that nothing else of a URL can be smuggled into `new URL`. */
const writtenDomain = /^[\p{L}\p{M}\p{N}.-]+$/u
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** At least two labels, and the last is no number: an IP address is no mail domain. */
const asciiDomain = new RegExp(String.raw`^(?:${label}\.)+(?!\d+$)${label}$`)

/**
 * The one form under which an e-mail address is stored, compared and written to: without surrounding
 * space, in Unicode NFKC and lower case, its domain in ASCII (Punycode). `null` for anything that is
 * not an address of at most 254 characters.
 */
export function normalizeEmail(text: string): string | null {
  if (text.length > LONGEST_WRITTEN) return null
  const [local, domain, ...rest] = fold(text).split('@')
  if (local === undefined || domain === undefined || rest.length > 0) return null
  if (local.length > longest.local || !localPart.test(local)) return null
  const host = asciiHost(domain)
  if (host === null) return null
  const address = `${local}@${host}`
  return address.length > longest.address ? null : address
}

/** Lower case can leave a form that NFKC still composes, hence twice. */
function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}

/** The domain as the URL standard (UTS #46) writes it, which is how every client will ask for it. */
function asciiHost(domain: string): string | null {
  if (domain.length > longest.domain || !writtenDomain.test(domain)) return null
  const url = `http://${domain}/`
  if (!URL.canParse(url)) return null
  const host = new URL(url).hostname
  return asciiDomain.test(host) ? host : null
}
