/** RFC 5321, 4.5.3.1: the length that a mail server has to accept. */
const longest = { local: 64, domain: 253, address: 254 }
/** Enough for any valid address in any Unicode form; bounds the cost of normalisation. */
const LONGEST_WRITTEN = 4 * longest.address

/**
 * RFC 5322 `dot-atom` in lower case, with the letters of RFC 6531. Quoted local parts are rejected, and so
 * are invisible characters: two addresses that look alike would be two customers.
 */
const localPart =
  /^(?!\.|.*\.\.|.*\.$|.*\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u
/** Only characters of a host name, so that no other part of a URL can be injected into `new URL`. */
const writtenDomain = /^[\p{L}\p{M}\p{N}.-]+$/u
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** At least two labels, and the last is not a number: an IP address is not a mail domain. */
const asciiDomain = new RegExp(String.raw`^(?:${label}\.)+(?!\d+$)${label}$`)

/**
 * The canonical form in which an e-mail address is stored, compared and used: without surrounding
 * space, in Unicode NFKC and lower case, with the domain in ASCII (Punycode). `null` for anything that is
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

/** The result of lower-casing may not be in NFKC, hence twice. */
function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}

/** The domain in the form of the URL standard (UTS #46), which every client uses for look-ups. */
function asciiHost(domain: string): string | null {
  if (domain.length > longest.domain || !writtenDomain.test(domain)) return null
  const url = `http://${domain}/`
  if (!URL.canParse(url)) return null
  const host = new URL(url).hostname
  return asciiDomain.test(host) ? host : null
}
