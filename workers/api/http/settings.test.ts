import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { newId } from '../../../shared/core/ids.ts'
import { app } from '../app.ts'
import { customer, operator, send } from './request.fixture.ts'
import { operationNeeds } from './settings.ts'

/** A production with a real key: tokens of the fixture are signed with the development key, so it is set here. */
const KEY = 'a-key-of-thirty-two-characters-at-least'
const production = (settings: Partial<Env> = {}): Partial<Env> => ({
  ENVIRONMENT: 'production',
  JWT_SECRET: KEY,
  ...settings,
})

async function health(settings: Partial<Env>) {
  const response = await app.request('/health', {}, { ...env, ...settings }, createExecutionContext())
  const body: unknown = await response.json()
  return { status: response.status, body }
}

const address = {
  name: 'Ada',
  line1: '1 High St',
  city: 'Salem',
  region: 'OR',
  postalCode: '97301',
  country: 'US',
}
const lines = [{ sku: 'MUG', quantity: 1 }]
const order = newId('ord')
const payment = newId('pay')
const cart = newId('crt')
const pays = { paymentMethod: 'pm_card_visa' }

/** Requests that need a setting, with that setting. */
const needing = [
  ['PAYMENT_GATEWAY', 'POST', '/orders', 'buyer', { lines, shippingAddress: address, ...pays }],
  ['PAYMENT_GATEWAY', 'POST', `/carts/${cart}/checkout`, 'buyer', { shippingAddress: address, ...pays }],
  ['PAYMENT_GATEWAY', 'POST', `/orders/${order}/payments`, operator, pays],
  ['PAYMENT_GATEWAY', 'POST', `/payments/${payment}/refunds`, operator, { reason: 'broken' }],
  ['PAYMENT_GATEWAY', 'POST', `/payments/${payment}/review`, operator, { decision: 'approve' }],
  ['MAILER', 'POST', '/customers', null, { email: 'ada@example.com', name: 'Ada' }],
  ['MAILER', 'POST', `/customers/${newId('cus')}/resend-verification`, null, {}],
  ['MAILER', 'POST', '/sessions', null, { email: 'ada@example.com' }],
] as const

describe('without a setting that it needs', () => {
  it.each(needing)('%s: %s %s is refused, and stores nothing', async (setting, method, path, as, body) => {
    const reached = vi.fn()
    const watched = <Binding extends object>(binding: Binding): Binding =>
      new Proxy(binding, { get: reached })
    const untouched: Partial<Env> = {
      ORDER: watched(env.ORDER),
      EMAIL_ADDRESS: watched(env.EMAIL_ADDRESS),
      IDEMPOTENCY_KEYS: watched(env.IDEMPOTENCY_KEYS),
    }
    const caller = as === 'buyer' ? customer(await register()) : as
    for (const said of [undefined, '', 'Stripe', 'sandbox ', 'none']) {
      const environment = production({ PAYMENT_GATEWAY: 'sandbox', MAILER: 'mailbox', [setting]: said })
      const answer = await send(method, path, {
        as: caller,
        body,
        environment: { ...environment, ...untouched },
      })
      expect(answer.status).toBe(503)
      expect(answer.body).toMatchObject({ code: 'not_configured', detail: expect.stringContaining(setting) })
    }
    expect(reached).not.toHaveBeenCalled()
  })
  it.each([{}, { PAYMENT_GATEWAY: 'stripe' }, { PAYMENT_GATEWAY: 'braintree' }])(
    'with %j an order that is paid by invoice is not held up',
    async (settings) => {
      const body = { customerId: newId('cus'), lines, shippingAddress: address }
      const answer = await send('POST', '/orders', { as: operator, body, environment: production(settings) })
      expect(answer.body.code).not.toBe('not_configured')
    },
  )
  it.each(['short', 'x'.repeat(31)])('no address is named with the secret %s', async (secret) => {
    const playing = production({ PAYMENT_GATEWAY: 'sandbox', MAILER: 'mailbox' })
    const body = { email: `${newId('cus')}@example.com`, name: 'Ada' }
    const registers = async (environment: Partial<Env>) =>
      (await send('POST', '/customers', { body, environment })).body
    const refused = await registers({ ...playing, EMAIL_ADDRESS_SECRET: secret })
    expect(refused).toMatchObject({ code: 'not_configured' })
    expect(refused.detail).toContain('EMAIL_ADDRESS_SECRET')
    const long = { EMAIL_ADDRESS_SECRET: 'x'.repeat(32) }
    expect(await registers({ ...playing, ...long })).toMatchObject({ status: 'pending' })
    expect(await registers({ EMAIL_ADDRESS_SECRET: secret })).toMatchObject({ status: 'pending' })
  })
  it.each([{}, { JWT_SECRET: '' }, { JWT_SECRET: 'too short' }])(
    'with %j says what a signing key has to be',
    async (settings) => {
      const environment = { ENVIRONMENT: 'production', ...settings }
      expect(await send('GET', '/products', { environment })).toMatchObject({
        status: 503,
        body: {
          code: 'not_configured',
          detail:
            'This deployment has no signing key: JWT_SECRET has to be at least 32 characters, and not the development key.',
        },
      })
    },
  )
  it('development uses the sandbox and the mailbox', async () => {
    const answer = await send('POST', '/sessions', { body: { email: 'nobody@example.com' } })
    expect(answer.status).toBe(200)
  })
  it('names only operations that exist', async () => {
    const response = await app.request('/openapi.json', {}, env, createExecutionContext())
    const text = await response.text()
    for (const operation of Object.keys(operationNeeds))
      expect(text).toContain(`"operationId":"${operation}"`)
  })
})

describe('/health in production', () => {
  it.each([
    [{}, ['PAYMENT_GATEWAY', 'MAILER']],
    [{ PAYMENT_GATEWAY: 'sandbox' }, ['MAILER']],
    [{ PAYMENT_GATEWAY: 'stripe', MAILER: 'mailbox' }, ['PAYMENT_GATEWAY']],
    [{ PAYMENT_GATEWAY: 'sandbox', MAILER: 'sk_live_mistyped' }, ['MAILER']],
    [{ PAYMENT_GATEWAY: 'sandbox', MAILER: 'mailbox', JWT_SECRET: 'short' }, ['JWT_SECRET']],
    [
      { PAYMENT_GATEWAY: 'sandbox', MAILER: 'mailbox', EMAIL_ADDRESS_SECRET: 'short' },
      ['EMAIL_ADDRESS_SECRET'],
    ],
  ])('with %j names what is not configured, and no value', async (settings, notConfigured) => {
    const { status, body } = await health(production(settings))
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'unhealthy', checks: { configuration: 'failing' }, notConfigured })
    expect(JSON.stringify(body)).not.toMatch(/sk_live|short|thirty-two/)
  })
  it('is well with the sandbox and the mailbox where they are asked for by name, and says so', async () => {
    const { status, body } = await health(production({ PAYMENT_GATEWAY: 'sandbox', MAILER: 'mailbox' }))
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'ok', sandbox: ['PAYMENT_GATEWAY', 'MAILER'] })
  })
  it('says nothing of sandboxes where none is used, nor in development', async () => {
    const real = {
      PAYMENT_GATEWAY: 'stripe',
      STRIPE_SECRET_KEY: 'sk',
      MAILER: 'cloudflare',
      MAIL_FROM: 'a@b.c',
    }
    const email: SendEmail = { send: async () => ({ messageId: '1' }) }
    const answers = [await health(production({ ...real, EMAIL: email })), await health({})]
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(body).not.toHaveProperty('sandbox')
    }
  })
})
