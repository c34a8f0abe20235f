import { OWS, QUOTED_STRING, readAll, TOKEN, unquoted } from './grammar.ts'

const MEDIA_TYPE = new RegExp(`^${OWS}(${TOKEN})/(${TOKEN})${OWS}(?=;|$)`)
const PARAMETER = new RegExp(`;${OWS}(?:(${TOKEN})=(${TOKEN}|${QUOTED_STRING}))?${OWS}`, 'y')
const UTF_8 = new Set(['utf-8', 'utf8'])

/**
 * Whether a Content-Type (RFC 9110, 8.3) declares JSON in UTF-8: `application/json`, `text/json`, or any type with the
 * suffix `+json` (RFC 6839). Of its parameters only `charset` matters.
 */
export function isJsonType(field: string | undefined): boolean {
  const [all, type, subtype = ''] = MEDIA_TYPE.exec(field ?? '') ?? []
  if (field === undefined || all === undefined || type === undefined) return false
  const essence = `${type}/${subtype}`.toLowerCase()
  if (essence !== 'application/json' && essence !== 'text/json' && !/.\+json$/i.test(subtype)) return false
  const parameters = readAll(PARAMETER, field, all.length)
  return (
    parameters?.every(
      ([, name, value]) =>
        name?.toLowerCase() !== 'charset' || UTF_8.has(unquoted(value ?? '').toLowerCase()),
    ) ?? false
  )
}

/** Whether a Content-Encoding (RFC 9110, 8.4) leaves the body as it is. */
export function isIdentityCoding(field: string | undefined): boolean {
  const codings = (field ?? '').split(',').map((coding) => coding.trim().toLowerCase())
  return codings.every((coding) => coding === '' || coding === 'identity')
}
