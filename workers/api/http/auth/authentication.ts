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

/** The settings that decide whose signature counts. */
type KeyEnv = Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET' | 'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>

/** A verified token is not verified again for so long (ms); it ends when it expires, if that is sooner. */
const TOKEN_CACHE_MS = 5 * MINUTE
const MAX_CACHED_TOKENS = 1_000
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']

/** Tokens that this isolate has verified, and keys that it has imported: its settings never change. */
const verified = new Map<string, { caller: KnownCaller; until: number }>()
const localKeys = new Map<string, Promise<CryptoKey>>()
const remoteKeys = new Map<string, JWTVerifyGetKey>()

/**
 * The caller behind an Authorization header. Token times are compared with the platform's clock, so that
 * a development clock that is moved ahead logs nobody out.
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

/** The algorithm decides which key may have signed, so that no public key is ever taken for a secret. */
async function payloadOf(token: string, env: KeyEnv): Promise<JWTPayload> {
  // Its own check of times allows the same leeway for all of them: `claimsOf` is stricter with the end.
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

let hasLoggedHalfConfiguredIssuer = false

/**
 * The issuer whose tokens count beside Petrel's own. Its keys sign for other applications too: without issuer and
 * audience any of their tokens would open this one (RFC 8725, 3.8 and 3.9; RFC 9068, 4).
 *
 * @throws Problem `unauthenticated` where none is configured, `not_configured` where it is only by half
 */
function issuerOf({ JWKS_URL: url, JWT_ISSUER: issuer, JWT_AUDIENCE: audience }: KeyEnv) {
  if (!url) throw invalidToken()
  if (issuer && audience && isHttpUrl(url)) return { url, issuer, audience }
  const message =
    'Petrel takes no token of the OIDC issuer: JWKS_URL, an http or https URL, needs JWT_ISSUER and JWT_AUDIENCE beside it.'
  if (!hasLoggedHalfConfiguredIssuer) console.error(JSON.stringify({ level: 'error', message }))
  hasLoggedHalfConfiguredIssuer = true
  throw new Problem('not_configured', 'This deployment cannot tell whose tokens of its issuer are for it.')
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg
  } catch {
    throw invalidToken()
  }
}

/** That the issuer cannot be reached says nothing about the token. */
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
