import { z } from 'zod'
import { textFault } from '../../../../shared/core/text/text.ts'

/** Fits into the id of a command, together with an operation and a key. */
const MAX_SUBJECT_LENGTH = 200
/** How far the clocks of an issuer and of this deployment may lie apart (s); not for `exp`. */
export const CLOCK_LEEWAY_SECONDS = 30

/** Seconds since 1970 (RFC 7519, NumericDate). */
const numericDate = z.number().min(0).max(Number.MAX_SAFE_INTEGER)

/**
 * What Petrel reads of a signed token (RFC 7519, RFC 9068). A signature says who wrote a claim, not that it has
 * the type that a program expects.
 */
const tokenClaims = z.object({
  sub: z
    .string()
    .min(1)
    .max(MAX_SUBJECT_LENGTH)
    .refine((text) => textFault(text) === null),
  /** Names with spaces between them (RFC 9068, 2.2.3). */
  scope: z.string().max(2_000).optional(),
  exp: numericDate,
  nbf: numericDate.optional(),
  iat: numericDate.optional(),
})
export type TokenClaims = z.infer<typeof tokenClaims>

/**
 * The claims of a token, if they have their types and hold now (Unix ms); `null` otherwise. A token that has begun,
 * or was made, up to `CLOCK_LEEWAY_SECONDS` from now is taken; one that ends is not taken any longer for it.
 */
export function claimsOf(payload: unknown, now: number): TokenClaims | null {
  const { success, data } = tokenClaims.safeParse(payload)
  if (!success) return null
  const { exp, nbf = 0, iat = 0 } = data
  const latest = now / 1_000 + CLOCK_LEEWAY_SECONDS
  return exp * 1_000 > now && nbf <= latest && iat <= latest ? data : null
}
