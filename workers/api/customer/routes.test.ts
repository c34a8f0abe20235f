import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { callPort } from '../../../durable-objects/adapters/ports.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { project } from '../../read-models/project.ts'
import { type Caller, operator, ops, send } from '../http/request.fixture.ts'

/** A customer who has registered through the API and verified the address with the mailed token. */
async function registered(email = `${newId('cus')}@example.com`, body: object = {}) {
  const answer = await send('POST', '/customers', { body: { email, name: 'Ada Lovelace', ...body } })
  expect(answer).toMatchObject({ status: 201 })
  const id = answer.body.id ?? expect.fail()
  const path = `/customers/${id}`
  await eventually(async () => expect(await mailsOf(email, 'verification')).toHaveLength(1))
  const [{ token } = {}] = await mailsOf(email, 'verification')
  expect(await send('POST', `${path}/verify-email`, { body: { token } })).toMatchObject({ status: 200 })
  const self: Caller = [id, 'customer']
  const object = env.CUSTOMER.getByName(id)
  return { id, self, email, object, path }
}

const mailSchema = z.looseObject({ variables: z.record(z.string(), z.string()) })

/** The variables of the mails of a template to an address. */
async function mailsOf(email: string, template: string) {
  const { body } = await send('GET', `/ops/mailbox?to=${email}`, { as: ops })
  const mails = z.array(z.looseObject({ template: z.string() })).parse(body.data)
  return mails.filter((mail) => mail.template === template).map((mail) => mailSchema.parse(mail).variables)
}
/** The resource of an erased customer. */
const erased = {
  status: 'erased',
  email: '',
  name: '',
  addresses: [],
  marketingConsent: false,
  loyalty: { tier: 'bronze', points: { pending: 0, available: 0 }, spending12m: 0 },
  segment: 'new',
}

// First: the timers of every existing customer stop the clock on its way.
describe('an inactive customer', () => {
  it('gets an offer after 60 days, by mail only with their consent, and lapses after 180', async () => {
    const address = () => `${newId('cus')}@example.com`
    const willing = await registered(address(), { marketingConsent: true })
    const silent = await registered(address(), { marketingConsent: false })
    await send('POST', '/ops/clock/advance', { as: ops, body: { by: 'P60D' } })
    for (const { path, self } of [willing, silent])
      expect(await send('GET', path, { as: self })).toMatchObject({ body: { segment: 'at_risk' } })

    await eventually(async () => expect(await mailsOf(willing.email, 'retention_offer')).toHaveLength(1))
    const [{ promotionCode = '', percent } = {}] = await mailsOf(willing.email, 'retention_offer')
    expect(percent).toBe('15')
    expect(await send('GET', `/promotions/${promotionCode}`, { as: operator })).toMatchObject({
      status: 200,
      body: { code: promotionCode, status: 'active' },
    })
    const typesOf = async (path: string) => {
      const { body } = await send('GET', `${path}/events?limit=100`, { as: operator })
      return z
        .array(z.object({ type: z.string() }))
        .parse(body.data)
        .map(({ type }) => type)
    }
    expect(await typesOf(willing.path)).toContain('customer.RetentionOfferSent')
    expect(await typesOf(silent.path)).toContain('customer.RetentionPromotionIssued')
    expect(await mailsOf(silent.email, 'retention_offer')).toEqual([])

    await send('POST', '/ops/clock/advance', { as: ops, body: { by: 'P120D' } })
    expect(await send('GET', willing.path, { as: operator })).toMatchObject({ body: { segment: 'lapsed' } })
    expect(
      (await typesOf(willing.path)).filter((type) => type === 'customer.RetentionOfferMade'),
    ).toHaveLength(1)
  })
})

describe('another signing key', () => {
  const body = { email: 'rotated@example.com', name: 'Ada Lovelace' }
  const before = 'the signing key that this shop began with'
  const rotated = { JWT_SECRET: 'the signing key that it goes on with now' }
  const registers = async (environment: { JWT_SECRET: string; EMAIL_ADDRESS_SECRET?: string }) =>
    (await send('POST', '/customers', { body, environment })).body

  it('still finds the accounts if addresses are hashed with a key of their own', async () => {
    const { id } = await registers({ JWT_SECRET: before })
    await eventually(async () => expect(await mailsOf(body.email, 'verification')).toHaveLength(1))
    const [{ token } = {}] = await mailsOf(body.email, 'verification')
    expect(await send('POST', `/customers/${id}/verify-email`, { body: { token } })).toMatchObject({
      status: 200,
    })
    const named = { ...rotated, EMAIL_ADDRESS_SECRET: before }
    expect(await registers(named)).toMatchObject({ code: 'email_taken' })
    // Without it the address would have another object, which has no customer.
    expect(await registers(rotated)).toMatchObject({ status: 'pending' })
  })
})

describe('a customer by e-mail', () => {
  const found = async (email: string, more = '') => {
    const path = `/customers?email=${encodeURIComponent(email)}&count=true${more}`
    const { body } = await send('GET', path, { as: operator })
    return z.object({ data: z.array(z.looseObject({ id: z.string() })), total: z.int() }).parse(body)
  }

  it('is found by any spelling of the address, and not once it is erased', async () => {
    const { id, self, email, path } = await registered()
    const projected = () => project(env, [{ kind: 'customer', id }])
    expect(await projected()).toEqual([])
    for (const spelling of [email, email.toUpperCase(), ` ${email}`])
      expect(await found(spelling), spelling).toMatchObject({ data: [{ id }], total: 1 })
    expect(JSON.stringify(await found(email))).not.toContain(email)
    expect(await found(email, '&status=active&sort=updatedAt')).toMatchObject({ data: [{ id }] })
    expect(await found(email, '&status=suspended')).toEqual({ data: [], total: 0 })
    expect(await send('DELETE', path, { as: self })).toMatchObject({ status: 200 })
    await eventually(async () => expect(await found(email)).toEqual({ data: [], total: 0 }))
  })

  it('is not found by an address that nobody has, nor by a customer', async () => {
    expect(await found(`${newId('cus')}@example.com`)).toEqual({ data: [], total: 0 })
    const refused = await send('GET', '/customers?email=nobody', { as: operator })
    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [{ parameter: 'email', code: 'invalid_email' }] },
    })
    expect(await send('GET', '/customers?email=a%40b.org', { as: ['cus_x', 'customer'] })).toMatchObject({
      status: 403,
    })
  })
})

describe('eraseCustomer', () => {
  it('removes personal data from the resource and from the whole history', async () => {
    const { id, self, path, email } = await registered()
    await send('PATCH', path, { as: self, body: { phone: '+1 503 555 0100', birthDate: '1990-12-10' } })
    const answer = await send('DELETE', path, { as: self })
    expect(answer).toMatchObject({ status: 200, body: { id, ...erased } })
    expect(answer.headers.get('ETag')).toMatch(/^"\d+"$/)
    expect(await send('GET', path, { as: operator })).toMatchObject({ status: 200, body: { id, ...erased } })
    const history = JSON.stringify((await send('GET', `${path}/events`, { as: operator })).body)
    expect(history).toContain('customer.CustomerErased')
    expect(history).toContain('customer_request')
    for (const personal of [email, 'Ada', '503 555', '1990-12-10']) expect(history).not.toContain(personal)
  })
  it('makes the address available again', async () => {
    const { path, self, email } = await registered()
    const again = () => send('POST', '/customers', { body: { email, name: 'Grace' } })
    expect(await again()).toMatchObject({ status: 409, body: { code: 'email_taken' } })
    await send('DELETE', path, { as: self })
    await eventually(async () => expect(await again()).toMatchObject({ status: 201 }))
  })
  it('is for the customer and for operators, and done once', async () => {
    const { path } = await registered()
    expect(await send('DELETE', path)).toMatchObject({ status: 401 })
    const { self: stranger } = await registered()
    expect(await send('DELETE', path, { as: stranger })).toMatchObject({
      status: 404,
      body: { code: 'customer_not_found' },
    })
    expect(await send('DELETE', path, { as: ['ann', 'ops'] })).toMatchObject({ status: 403 })
    const first = await send('DELETE', path, { as: operator })
    expect(first).toMatchObject({ status: 200, body: erased })
    // The sweep may have been recorded meanwhile.
    expect(await send('DELETE', path, { as: operator })).toMatchObject({ status: 200, body: erased })
    expect(await send('DELETE', `/customers/${newId('cus')}`, { as: operator })).toMatchObject({
      status: 404,
      body: { code: 'customer_not_found' },
    })
  })
  it('leaves a customer who cannot send commands', async () => {
    const { path, self } = await registered()
    await send('DELETE', path, { as: self })
    expect(await send('PATCH', path, { as: self, body: { name: 'Grace' } })).toMatchObject({
      status: 409,
      body: { code: 'customer_not_active' },
    })
    expect(await send('POST', `${path}/suspend`, { as: operator })).toMatchObject({
      status: 409,
      body: { code: 'customer_erased' },
    })
  })
  it('leaves no recipient for mails, which is no fault of open processes', async () => {
    const { id, path, self, email } = await registered()
    await send('DELETE', path, { as: self })
    const input = {
      customerId: id,
      template: 'order_shipped',
      variables: { orderId: 'o1', trackingNumber: 'T1' },
    }
    const about = {
      ...{ id: newId('ord'), attempts: 0, origin: { kind: 'order', id: 'o1' } },
      trace: { correlationId: 'c' },
    }
    expect(await callPort(env, 'mailer', 'send', input, about)).toEqual({ messageId: 'erased' })
    expect(await mailsOf('', 'order_shipped')).toEqual([])
    expect(await mailsOf(email, 'order_shipped')).toEqual([])
  })
  it('can be previewed in a dry run, which changes nothing', async () => {
    const { id, path, self } = await registered()
    const preview = await send('DELETE', `${path}?dryRun=true`, { as: self })
    expect(preview).toMatchObject({
      status: 200,
      body: { events: [{ type: 'CustomerErased' }], refusal: null, resource: { id, status: 'erased' } },
    })
    expect(await send('GET', path, { as: self })).toMatchObject({ body: { status: 'active' } })
  })
})

describe('suspendCustomer', () => {
  it('is for operators, and leaves a customer who cannot change their profile', async () => {
    const { path, self } = await registered()
    expect(await send('POST', `${path}/suspend`, { as: self })).toMatchObject({ status: 403 })
    expect(await send('POST', `${path}/suspend`, { as: operator, body: { reason: 'fraud' } })).toMatchObject({
      status: 200,
      body: { status: 'suspended' },
    })
    expect(await send('PATCH', path, { as: self, body: { name: 'Grace' } })).toMatchObject({
      status: 409,
      body: { code: 'customer_not_active' },
    })
  })
})

describe('the loyalty of a customer', () => {
  const netPaid = { amount: 540_00, currency: 'USD' }

  it('shows spending and points', async () => {
    const { id, path, self, object } = await registered()
    await object.execute(envelope(id, { type: 'AccruePoints', orderId: 'o1', netPaid }))
    expect(await send('GET', path, { as: self })).toMatchObject({
      body: { loyalty: { tier: 'bronze', points: { pending: 540, available: 0 }, spending12m: 0 } },
    })
    const spent = { orderId: 'o1', delta: 540_00 }
    expect(await send('POST', `${path}/spending`, { as: operator, body: spent })).toMatchObject({
      status: 200,
      body: { loyalty: { tier: 'silver', spending12m: 540_00 }, segment: 'active' },
    })
    await object.execute(envelope(id, { type: 'EarnPoints', orderId: 'o1', netPaid }))
    expect(await send('GET', path, { as: self })).toMatchObject({
      body: { loyalty: { tier: 'silver', points: { pending: 0, available: 540 }, spending12m: 540_00 } },
    })
    const refunded = { orderId: 'o1', delta: -540_00 }
    expect(await send('POST', `${path}/spending`, { as: operator, body: refunded })).toMatchObject({
      body: { loyalty: { tier: 'silver', spending12m: 0 } },
    })
  })
  it('is explained in the history', async () => {
    const { path } = await registered()
    await send('POST', `${path}/spending`, { as: operator, body: { orderId: 'o1', delta: 500_00 } })
    const { body } = await send('GET', `${path}/events`, { as: operator })
    expect(body.data).toContainEqual(
      expect.objectContaining({
        type: 'customer.LoyaltyStatusUpdated',
        data: expect.objectContaining({
          decisions: [
            {
              policy: 'customerLoyaltyPolicy',
              rules: ['tier_earned'],
              inputs: { previousTier: 'bronze', spending12m: 500_00 },
              outcome: 'silver',
            },
          ],
        }),
      }),
    )
  })
})
