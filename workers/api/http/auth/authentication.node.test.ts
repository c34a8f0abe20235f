import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { DEVELOPMENT_JWT_SECRET } from '../../../../durable-objects/adapters/secrets.ts'
import { issueAccessToken, tokenLifetimeMs } from './access-tokens.ts'
import { callerOf } from './authentication.ts'
import { customerIdOf, hasScope, mayReadOf } from './authorization.ts'
import { callerName } from './caller.ts'

const development = { ENVIRONMENT: 'development' }
const secret = 's'.repeat(40)
const ISSUER = 'https://issuer.example'
const AUDIENCE = 'petrel'

/** A token with one thing about it changed. */
interface Changes {
  readonly key?: Uint8Array | CryptoKey
  readonly alg?: string
  readonly kid?: string
  readonly subject?: string | null
  readonly scope?: unknown
  readonly expires?: string | null
  readonly issuer?: string
  readonly audience?: string
}

function token(changes: Changes = {}): Promise<string> {
  const { key = new TextEncoder().encode(DEVELOPMENT_JWT_SECRET), alg = 'HS256', kid } = changes
  const { subject = 'cus_1', scope = 'customer', expires = '1h', issuer, audience } = changes
  // No two alike: a token that was verified once is known from then on.
  const jwt = new SignJWT({ scope }).setProtectedHeader({ alg, ...(kid && { kid }) }).setJti(randomUUID())
  if (subject !== null) jwt.setSubject(subject)
  if (expires !== null) jwt.setExpirationTime(expires)
  if (issuer) jwt.setIssuer(issuer)
  if (audience) jwt.setAudience(audience)
  return jwt.sign(key)
}

async function who(bearer: string, env: Parameters<typeof callerOf>[2] = development) {
  return callerOf(`Bearer ${bearer}`, '192.0.2.1', env)
}

const unauthenticated = expect.objectContaining({ code: 'unauthenticated' })

describe('a request without a token', () => {
  it('is anonymous, and told from others by its address', async () => {
    const caller = await callerOf(undefined, '192.0.2.1', development)
    expect(caller).toEqual({ kind: 'anonymous', address: '192.0.2.1' })
    expect(callerName(caller)).toBe('anonymous:192.0.2.1')
    expect(customerIdOf(caller)).toBeNull()
    expect(mayReadOf(caller, 'cus_1')).toBe(false)
  })
})

describe('a token of the deployment itself', () => {
  it('names the caller and what they may', async () => {
    const caller = await who(await token({ scope: 'customer ops unheard-of' }))
    expect(callerName(caller)).toBe('user:cus_1')
    expect(customerIdOf(caller)).toBe('cus_1')
    expect(hasScope(caller, 'ops')).toBe(true)
    expect(hasScope(caller, 'operator')).toBe(false)
    expect([mayReadOf(caller, 'cus_1'), mayReadOf(caller, 'cus_2')]).toEqual([true, false])
  })

  it('of an operator reads what is anyone’s, but is no customer', async () => {
    const caller = await who(await token({ subject: 'op', scope: 'operator' }))
    expect(mayReadOf(caller, 'cus_2')).toBe(true)
    expect(customerIdOf(caller)).toBeNull()
  })

  it.each<[string, Changes]>([
    ['has expired', { expires: '-1s' }],
    ['never expires', { expires: null }],
    ['names nobody', { subject: null }],
    ['has a subject that is too long', { subject: 'x'.repeat(201) }],
    ['is signed with another key', { key: new TextEncoder().encode(secret) }],
  ])('is refused when it %s', async (_, changes) => {
    await expect(who(await token(changes))).rejects.toThrow(unauthenticated)
  })

  it.each(['nonsense', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.'])(
    'is refused when it is %s',
    async (text) => {
      await expect(who(text)).rejects.toThrow(unauthenticated)
    },
  )

  const claims = (changed: Record<string, unknown>) =>
    new SignJWT({ sub: 'cus_1', scope: 'ops', exp: now() + 3_600, jti: randomUUID(), ...changed })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(DEVELOPMENT_JWT_SECRET))
  const now = () => Math.floor(Date.now() / 1_000)

  it.each<[string, Record<string, unknown>]>([
    ['a subject that is an array', { sub: ['cus_1'] }],
    ['a subject that is a number', { sub: 7 }],
    ['a subject that is an object', { sub: { toString: 'cus_1' } }],
    ['an empty subject', { sub: '' }],
    ['a subject that is no text', { sub: 'cus_\ud800' }],
    ['a subject with a control character', { sub: 'cus_\u0000' }],
    ['scopes in an array', { scope: ['ops'] }],
    ['a scope that is an object', { scope: { ops: true } }],
    ['an end that is a text', { exp: '4102444800' }],
    ['a beginning that is a text', { nbf: '0' }],
    ['a time of issue that is null', { iat: null }],
    ['a beginning in a minute', { nbf: now() + 60 }],
    ['a time of issue in a minute', { iat: now() + 60 }],
    ['a time of issue in a thousand years', { iat: 33_000_000_000 }],
    ['an end just now', { exp: now() }],
  ])('with %s is refused', async (_, changed) => {
    await expect(who(await claims(changed))).rejects.toThrow(unauthenticated)
  })

  it.each<[string, Record<string, unknown>]>([
    ['a beginning in some seconds', { nbf: now() + 20 }],
    ['a time of issue in some seconds', { iat: now() + 20 }],
    ['no time of issue', { iat: undefined }],
  ])('with %s is taken, as clocks differ', async (_, changed) => {
    expect(await who(await claims(changed))).toMatchObject({ subject: 'cus_1' })
  })

  it('without a scope may nothing', async () => {
    expect(await who(await claims({ scope: undefined }))).toMatchObject({ scopes: new Set() })
  })

  it('is refused when it is no bearer token', async () => {
    await expect(async () => callerOf('Basic abc', '192.0.2.1', development)).rejects.toThrow(unauthenticated)
  })

  it('signed with the development key is refused in production', async () => {
    const env = { ENVIRONMENT: 'production', JWT_SECRET: secret }
    await expect(who(await token(), env)).rejects.toThrow(unauthenticated)
    const signed = await token({ key: new TextEncoder().encode(secret) })
    expect(await who(signed, env)).toMatchObject({ subject: 'cus_1' })
  })

  it('expires for a caller that was known before', async () => {
    const bearer = await token({ expires: '2s' })
    await who(bearer)
    // Past its end by the platform's clock, within the time for which a verified token is trusted.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_000 })
    try {
      await expect(who(bearer)).rejects.toThrow(unauthenticated)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a token of an OIDC issuer', () => {
  const server = createServer((request, response) => {
    if (request.url === '/broken') response.statusCode = 500
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys }))
  })
  const keys: unknown[] = []
  let privateKey: CryptoKey
  let env: Parameters<typeof callerOf>[2]
  let url: string

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256')
    privateKey = pair.privateKey
    keys.push({ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = z.object({ port: z.int() }).parse(server.address())
    url = `http://127.0.0.1:${port}`
    env = {
      ENVIRONMENT: 'production',
      JWT_SECRET: secret,
      JWKS_URL: `${url}/keys`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    }
  })
  afterAll(() => server.close())

  const issued = (changes: Changes = {}) =>
    token({ key: privateKey, alg: 'RS256', kid: 'k1', issuer: ISSUER, audience: AUDIENCE, ...changes })

  it('is taken when issuer and audience are the configured ones', async () => {
    expect(await who(await issued(), env)).toMatchObject({ subject: 'cus_1' })
  })
  it.each<[string, Changes]>([
    ['another issuer', { issuer: 'https://other.example' }],
    ['another audience', { audience: 'other' }],
    ['no end', { expires: null }],
    ['an unknown key', { kid: 'k2' }],
  ])('with %s is refused', async (_, changes) => {
    await expect(who(await issued(changes), env)).rejects.toThrow(unauthenticated)
  })
  it.each<[string, Partial<Record<'JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE', string>>]>([
    ['no issuer', { JWT_ISSUER: '' }],
    ['no audience', { JWT_AUDIENCE: '' }],
    ['keys at no address', { JWKS_URL: 'file:///keys' }],
  ])('is for nobody where the deployment is configured with %s', async (_, changed) => {
    const half = { ...env, ...changed }
    await expect(who(await issued({ scope: 'ops' }), half)).rejects.toThrow(
      expect.objectContaining({ code: 'not_configured' }),
    )
    // Its own tokens do not need any of that.
    const own = await token({ key: new TextEncoder().encode(secret) })
    expect(await who(own, half)).toMatchObject({ subject: 'cus_1' })
  })
  it('is refused where no issuer is configured', async () => {
    await expect(who(await issued(), development)).rejects.toThrow(unauthenticated)
  })
  it('that was signed with the public key as a secret is refused', async () => {
    const key = new TextEncoder().encode(JSON.stringify(keys[0]))
    await expect(who(await issued({ key, alg: 'HS256' }), env)).rejects.toThrow(unauthenticated)
  })
  it('is neither taken nor refused while the issuer does not answer', async () => {
    const broken = { ...env, JWKS_URL: `${url}/broken` }
    await expect(who(await issued(), broken)).rejects.toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    )
  })
})

describe('a token that Petrel signs', () => {
  const now = '2026-03-01T12:00:00.000Z'
  it('is the same for the same customer and time', async () => {
    const [first, second] = await Promise.all([
      issueAccessToken(development, 'cus_1', ['customer'], now),
      issueAccessToken(development, 'cus_1', ['customer'], now),
    ])
    expect(first).toBe(second)
  })
  it('is taken by itself, and lives an hour in production', async () => {
    const env = { ENVIRONMENT: 'production', JWT_SECRET: secret }
    const issuedAt = new Date().toISOString()
    const bearer = await issueAccessToken(env, 'cus_1', ['customer'], issuedAt)
    expect(await who(bearer, env)).toMatchObject({ subject: 'cus_1' })
    const late = new Date(Date.now() - tokenLifetimeMs.production - 1_000).toISOString()
    await expect(who(await issueAccessToken(env, 'cus_1', ['customer'], late), env)).rejects.toThrow(
      unauthenticated,
    )
  })
  it('cannot be signed without a key', async () => {
    await expect(issueAccessToken({ ENVIRONMENT: 'production' }, 'a', ['ops'], now)).rejects.toThrow()
  })
})
