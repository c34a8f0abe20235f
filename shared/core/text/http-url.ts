import { z } from 'zod'

const MAX_LENGTH = 2_000
/** Absolute, of visible ASCII (RFC 3986), with a host and without user information. */
const FORM = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[!"$-.0->A-[\]-~]+([/?#][!-[\]-~]*)?$/

/**
 * An absolute http or https URL without credentials: the only kind accepted in requests, because clients may follow
 * it (`javascript:`, `data:` and `file:` are URLs too).
 */
export const httpUrlSchema = z
  .string()
  .max(MAX_LENGTH)
  .regex(FORM, 'must be an http or https URL without user name and password')
  .refine(isReadable, 'must be a URL with a valid host and port')

function isReadable(text: string): boolean {
  if (text.length > MAX_LENGTH || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
}

/** Whether a text is such a URL. */
export function isHttpUrl(text: string): boolean {
  return httpUrlSchema.safeParse(text).success
}
