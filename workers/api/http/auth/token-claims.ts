import { z } from 'zod'
import { textFault } from '../../../../shared/core/text/text.ts'

/** A command id contains the subject, an operation and a key. */
const MAX_SUBJECT_LENGTH = 200
/** Allowed clock skew for `nbf` and `iat`; none for `exp`. */
export const CLOCK_LEEWAY_SECONDS = 30

/** Seconds since 1970 (RFC 7519, NumericDate). */
const numericDate = z.number().min(0).max(Number.MAX_SAFE_INTEGER)

/** The claims that Petrel reads (RFC 7519, RFC 9068). A valid signature does not guarantee their types. */
const tokenClaims = z.object({
  sub: z
    .string()
    .min(1)
    .max(MAX_SUBJECT_LENGTH)
    .refine((text) => textFault(text) === null),
  /** Separated by spaces (RFC 9068, section 2.2.3). */
  scope: z.string().max(2_000).optional(),
  exp: numericDate,
  nbf: numericDate.optional(),
  iat: numericDate.optional(),
})
type TokenClaims = z.infer<typeof tokenClaims>

/**
 * The claims of a token if they are well-formed and valid now (Unix ms); `null` otherwise. `nbf` and `iat` may be up to
 * `CLOCK_LEEWAY_SECONDS` in the future.
 */
export function claimsOf(payload: unknown, now: number): TokenClaims | null {
  const { success, data } = tokenClaims.safeParse(payload)
  if (!success) return null
  const { exp, nbf = 0, iat = 0 } = data
  const latest = now / 1_000 + CLOCK_LEEWAY_SECONDS
  return exp * 1_000 > now && nbf <= latest && iat <= latest ? data : null
}
