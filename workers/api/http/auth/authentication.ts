import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { signingSecret } from '../../../../durable-objects/adapters/secrets.ts'
import type { Env } from '../../../../durable-objects/env.ts'
import { isHttpUrl } from '../../../../shared/core/text/http-url.ts'
import { MINUTE } from '../../../../shared/core/time.ts'
import { Problem } from '../problems.ts'
import { unauthenticated } from './authorization.ts'
import type { Caller } from './caller.ts'
import { scopes } from './caller.ts'
import { CLOCK_LEEWAY_SECONDS, claimsOf } from './token-claims.ts'

type KnownCaller = Extract<Caller, { kind: 'known' }>

/** The settings that decide which signatures are trusted. */
type KeyEnv = Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET' | 'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>

/** How long a verified token stays cached, at most until it expires. */
const TOKEN_CACHE_MS = 5 * MINUTE
const MAX_CACHED_TOKENS = 1_000
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']

/** Verified tokens and imported keys of this isolate, whose settings never change. */
const verified = new Map<string, { caller: KnownCaller; until: number }>()
const localKeys = new Map<string, Promise<CryptoKey>>()
const remoteKeys = new Map<string, JWTVerifyGetKey>()

/**
 * The caller of an Authorization header. Token times are compared with the platform's clock, so that advancing the
 * development clock does not expire tokens.
 *
 * @throws Problem `unauthenticated` for anything but a valid bearer token, or none
 */
export function callerOf(
  authorization: string | undefined,
  address: string,
  env: KeyEnv,
): Caller | Promise<Caller> {
  if (authorization === undefined) return { kind: 'anonymous', address }
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1]
  if (token === undefined)
    throw unauthenticated('The Authorization header holds no bearer token.', 'invalid_request')
  const known = verified.get(token)
  if (known && known.until > Date.now()) return known.caller
  return verify(token, env)
}

async function verify(token: string, env: KeyEnv): Promise<Caller> {
  const claims = claimsOf(await payloadOf(token, env), Date.now())
  if (!claims) throw invalidToken()
  const { sub, exp, scope = '' } = claims
  const granted = scope.split(' ')
  const caller = {
    kind: 'known',
    subject: sub,
    scopes: new Set(scopes.filter((one) => granted.includes(one))),
  } as const
  if (verified.size >= MAX_CACHED_TOKENS) verified.clear()
  verified.set(token, { caller, until: Math.min(exp * 1_000, Date.now() + TOKEN_CACHE_MS) })
  return caller
}

/** The algorithm selects the key, so that a public key is never used as an HMAC secret. */
async function payloadOf(token: string, env: KeyEnv): Promise<JWTPayload> {
  // jose applies one leeway to all times; `claimsOf` allows none for `exp`.
  const options = { clockTolerance: CLOCK_LEEWAY_SECONDS }
  try {
    if (algorithmOf(token) === 'HS256')
      return (await jwtVerify(token, await localKey(env), { ...options, algorithms: ['HS256'] })).payload
    const { url, ...expected } = issuerOf(env)
    return (await jwtVerify(token, remoteKeysAt(url), { ...options, ...expected, algorithms: asymmetric }))
      .payload
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown
    throw isFaultOfIssuer(thrown)
      ? new Problem('unavailable', 'The keys of the token issuer cannot be read at the moment.', {
          headers: { 'Retry-After': '5' },
        })
      : invalidToken()
  }
}

let hasLoggedIncompleteIssuer = false

/**
 * The OIDC issuer that is trusted besides Petrel itself. Its keys sign tokens for other applications too, so issuer and
 * audience are required (RFC 8725, sections 3.8 and 3.9; RFC 9068, section 4).
 *
 * @throws Problem `unauthenticated` if none is configured, `not_configured` if the configuration is incomplete
 */
function issuerOf({ JWKS_URL: url, JWT_ISSUER: issuer, JWT_AUDIENCE: audience }: KeyEnv) {
  if (!url) throw invalidToken()
  if (issuer && audience && isHttpUrl(url)) return { url, issuer, audience }
  const message =
    'Petrel accepts no token of the OIDC issuer: JWKS_URL, an http or https URL, needs JWT_ISSUER and JWT_AUDIENCE beside it.'
  if (!hasLoggedIncompleteIssuer) console.error(JSON.stringify({ level: 'error', message }))
  hasLoggedIncompleteIssuer = true
  throw new Problem(
    'not_configured',
    'This deployment has no JWT_ISSUER and JWT_AUDIENCE to check tokens against.',
  )
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg
  } catch {
    throw invalidToken()
  }
}

/** An unreachable issuer is not a fault of the token. */
function isFaultOfIssuer(thrown: unknown): boolean {
  if (!(thrown instanceof errors.JOSEError)) return true
  return thrown.code === 'ERR_JWKS_TIMEOUT' || thrown.code === 'ERR_JOSE_GENERIC'
}

function localKey(env: KeyEnv): Promise<CryptoKey> {
  const secret = signingSecret(env)
  if (secret === null) throw invalidToken()
  const known = localKeys.get(secret)
  if (known) return known
  const bytes = new TextEncoder().encode(secret)
  const imported = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  localKeys.set(secret, imported)
  return imported
}

function remoteKeysAt(url: string): JWTVerifyGetKey {
  const known = remoteKeys.get(url)
  if (known) return known
  const keys = createRemoteJWKSet(new URL(url))
  remoteKeys.set(url, keys)
  return keys
}

function invalidToken(): Problem {
  return unauthenticated('The access token is invalid or has expired.', 'invalid_token')
}
