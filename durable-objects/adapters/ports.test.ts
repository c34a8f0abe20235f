import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../shared/core/ids.ts'
import { MINUTE } from '../../shared/core/time.ts'
import { payment } from '../../shared/payment/aggregate.ts'
import { CloudflareMailer } from '../../shared/ports/mail/cloudflare-mailer.ts'
import { StripeGateway } from '../../shared/ports/stripe/gateway.ts'
import { intent } from '../../shared/ports/stripe/stripe.fixture.ts'
import {
  bindings,
  envelope,
  eventually,
  fireAlarm,
  live,
  pass,
  rows,
  stopTime,
} from '../aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../env.ts'
import { SandboxGateway } from '../sandbox/gateway.ts'
import { DevelopmentMailbox } from '../sandbox/mailbox.ts'
import { mailerOf } from './mail.ts'
import { paymentGateway } from './payments.ts'
import type { PortCall } from './port-call.ts'
import { callPort } from './ports.ts'

const complaints: string[] = []
beforeEach(() => {
  complaints.length = 0
  vi.spyOn(console, 'error').mockImplementation((line) => void complaints.push(String(line)))
})
afterEach(() => vi.restoreAllMocks())

const settings = (overrides: Partial<Env>): Env => ({ ...env, ...overrides })
const notConfigured = expect.objectContaining({ kind: 'unavailable', code: 'not_configured' })
const about = (attempts: number): PortCall => ({
  id: `payment/${crypto.randomUUID()}/1#0`,
  attempts,
  origin: { kind: 'payment', id: 'pay_1' },
  trace: { correlationId: 'test' },
})

describe('the payment gateway', () => {
  it.each([{}, { PAYMENT_GATEWAY: '' }, { PAYMENT_GATEWAY: 'sandbox' }])(
    'is the sandbox for %j',
    (chosen) => {
      expect(paymentGateway(settings(chosen))).toBeInstanceOf(SandboxGateway)
    },
  )
  it('is Stripe when it is chosen and has its key', () => {
    const chosen = { PAYMENT_GATEWAY: 'stripe', STRIPE_SECRET_KEY: 'sk_test_key' }
    expect(paymentGateway(settings(chosen))).toBeInstanceOf(StripeGateway)
  })
  it.each([
    [{ PAYMENT_GATEWAY: 'stripe' }, 'STRIPE_SECRET_KEY'],
    [{ PAYMENT_GATEWAY: 'strip' }, 'sandbox or stripe'],
    [{ ENVIRONMENT: 'production' }, 'PAYMENT_GATEWAY is not set'],
  ])('of %j waits for an operator, and names what is missing', async (chosen, missing) => {
    const request = {
      key: 'pay_1',
      amount: { amount: 1, currency: 'USD' },
      paymentMethod: 'pm_card_visa',
      orderId: 'ord_1',
    }
    const calling = () => callPort(settings(chosen), 'payments', 'charge', request, about(0))
    await expect(calling()).rejects.toEqual(notConfigured)
    await expect(calling()).rejects.toThrow(missing)
    expect(complaints).toEqual([expect.stringContaining(missing)])
  })
  it('has to be named in production, and then logs once that it moves no money', () => {
    const warnings: string[] = []
    vi.spyOn(console, 'warn').mockImplementation((line) => void warnings.push(String(line)))
    for (const chosen of [{}, { PAYMENT_GATEWAY: '' }, { PAYMENT_GATEWAY: 'Sandbox' }])
      expect(() => paymentGateway(settings({ ENVIRONMENT: 'production', ...chosen }))).toThrow(notConfigured)
    expect(warnings).toEqual([])
    const named = settings({ ENVIRONMENT: 'production', PAYMENT_GATEWAY: 'sandbox' })
    for (let time = 0; time < 2; time += 1) expect(paymentGateway(named)).toBeInstanceOf(SandboxGateway)
    expect(warnings).toEqual([expect.stringContaining('PAYMENT_GATEWAY is sandbox')])
  })
})

describe('a payment whose gateway lacks its key', () => {
  it('waits, and is charged once an operator has set it', async () => {
    stopTime()
    const id = newId('pay')
    const stub = () => env.PAYMENT.getByName(id)
    const command = {
      type: 'ProcessPayment',
      orderId: newId('ord'),
      customerId: newId('cus'),
      amount: { amount: 900, currency: 'USD' },
      paymentMethod: 'pm_card_visa',
      attempt: 1,
      shippingCountry: 'US',
      failedTries: 0,
    }
    const keyless = bindings({ PAYMENT_GATEWAY: 'stripe' })
    await live(payment, stub(), keyless, async (object, state) => {
      await object.execute(envelope(id, command))
      await eventually(() =>
        expect(rows(state, 'effects')).toMatchObject([
          { parked: 0, attempts: 1, error: expect.stringContaining('STRIPE_SECRET_KEY') },
        ]),
      )
      expect(await object.read({})).toMatchObject({ state: { status: 'requested' } })
    })
    const answers = async (address: unknown) =>
      Response.json(String(address).includes('/payment_methods/') ? { id: 'pm_1' } : intent('succeeded'))
    vi.spyOn(globalThis, 'fetch').mockImplementation(answers)
    pass(MINUTE)
    await live(payment, stub(), { ...keyless, STRIPE_SECRET_KEY: 'sk_test_key' }, async (object, state) => {
      expect(await fireAlarm(object, state)).toBe(true)
      await eventually(async () =>
        expect(await object.read({})).toMatchObject({
          state: { status: 'processed', charge: { gateway: 'stripe' } },
        }),
      )
    })
  })
})

describe('a charge through the port', () => {
  const request = {
    key: newId('pay'),
    amount: { amount: 900, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
    orderId: 'ord_1',
  }
  const chosen = settings({
    PAYMENT_GATEWAY: 'stripe',
    STRIPE_SECRET_KEY: 'sk_test_key',
    STRIPE_API_URL: 'http://stripe.test',
  })
  const found = (...data: unknown[]) => ({ object: 'search_result', data, has_more: false })

  /** Stripe answers a search with these intents, and a charge with a new one. */
  function stripe(...intents: unknown[]) {
    const paths: string[] = []
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (address) => {
      const { pathname } = new URL(String(address))
      paths.push(pathname)
      return Response.json(
        pathname.endsWith('/search') ? found(...intents) : intent('succeeded', { id: 'pi_new' }),
      )
    })
    return paths
  }

  it('is made at once the first time', async () => {
    const paths = stripe()
    expect(await callPort(chosen, 'payments', 'charge', request, about(0))).toMatchObject({
      chargeId: 'pi_new',
    })
    expect(paths).toEqual(['/v1/payment_intents'])
  })
  it('is looked for after a failed try, and made only where there is none', async () => {
    const paths = stripe()
    expect(await callPort(chosen, 'payments', 'charge', request, about(1))).toMatchObject({
      chargeId: 'pi_new',
    })
    expect(paths).toEqual(['/v1/payment_intents/search', '/v1/payment_intents'])
  })
  it('that landed before is not made again', async () => {
    const paths = stripe(intent('succeeded', { id: 'pi_old', metadata: { paymentId: request.key } }))
    expect(await callPort(chosen, 'payments', 'charge', request, about(1))).toMatchObject({
      chargeId: 'pi_old',
    })
    expect(paths).toEqual(['/v1/payment_intents/search'])
  })
})

describe('a screening through the port', () => {
  const request = (customerId: string) => ({
    paymentId: newId('pay'),
    orderId: newId('ord'),
    customerId,
    amount: { amount: 5_000, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
  })
  const screen = (input: unknown, call = about(0)) =>
    callPort(settings({}), 'payments', 'screen', input, call)

  /** A customer with an address at a mail domain. */
  async function customerAt(domain: string): Promise<string> {
    const id = newId('cus')
    const command = { type: 'RegisterCustomer', email: `${id}@${domain}`, emailHash: id, name: 'Ada' }
    await env.CUSTOMER.getByName(id).execute(envelope(id, command))
    return id
  }

  it('returns the country of the card, and counts the attempt with the customer', async () => {
    const customerId = await customerAt('example.com')
    const facts = { accountCreatedAt: expect.any(String), disposableEmail: false }
    expect(await screen(request(customerId))).toEqual({
      cardCountry: 'US',
      customer: { ...facts, paymentsInWindow: 1 },
    })
    expect(await screen(request(customerId))).toMatchObject({ customer: { paymentsInWindow: 2 } })
  })
  it('that is repeated counts once, and is answered alike', async () => {
    const customerId = await customerAt('example.com')
    const input = request(customerId)
    const call = about(0)
    const answer = await screen(input, call)
    expect(await screen(input, call)).toEqual(answer)
    // Under another id too: the payment is the same.
    expect(await screen(input)).toEqual(answer)
    expect(await screen(request(customerId))).toMatchObject({ customer: { paymentsInWindow: 2 } })
  })
  it('has no facts of a customer that does not exist', async () => {
    expect(await screen(request(newId('cus')))).toEqual({ cardCountry: 'US', customer: null })
  })
  it('has no facts of an erased customer', async () => {
    const customerId = await customerAt('example.com')
    const customer = env.CUSTOMER.getByName(customerId)
    expect(await customer.execute(envelope(customerId, { type: 'EraseCustomer' }))).toMatchObject({
      ok: true,
    })
    expect(await screen(request(customerId))).toEqual({ cardCountry: 'US', customer: null })
  })
  it('waits when the customer cannot be asked', async () => {
    const down = new Proxy(env.CUSTOMER, {
      get: () => () => ({ dispatch: () => Promise.reject(new Error('overloaded')) }),
    })
    const asking = callPort(
      settings({ CUSTOMER: down }),
      'payments',
      'screen',
      request(newId('cus')),
      about(0),
    )
    await expect(asking).rejects.toThrow('overloaded')
  })
})

describe('the mailer', () => {
  const email: SendEmail = { send: async () => ({ messageId: '1' }) }

  it.each([{}, { MAILER: '' }, { MAILER: 'mailbox' }])('is the mailbox for %j', (chosen) => {
    expect(mailerOf(settings(chosen))).toBeInstanceOf(DevelopmentMailbox)
  })
  it("is Cloudflare's when it is chosen and has what it needs", () => {
    const chosen = { MAILER: 'cloudflare', MAIL_FROM: 'shop@example.com', EMAIL: email }
    expect(mailerOf(settings(chosen))).toBeInstanceOf(CloudflareMailer)
  })
  it.each([
    [{ MAILER: 'cloudflare', MAIL_FROM: 'shop@example.com' }, 'EMAIL'],
    [{ MAILER: 'cloudflare', EMAIL: email }, 'MAIL_FROM'],
    [{ MAILER: 'pigeons' }, 'mailbox or cloudflare'],
    [{ ENVIRONMENT: 'production' }, 'MAILER is not set'],
  ])('of %j waits for an operator, and names what is missing', (chosen, missing) => {
    expect(() => mailerOf(settings(chosen))).toThrow(notConfigured)
    expect(() => mailerOf(settings(chosen))).toThrow(missing)
  })
  it('sends a mail of the shop as Cloudflare takes it', async () => {
    const sent: unknown[] = []
    const binding: SendEmail = {
      send: async (mail: unknown) => {
        sent.push(mail)
        return { messageId: '<1@mail.example>' }
      },
    }
    const customerId = newId('cus')
    const command = { type: 'RegisterCustomer', email: 'ada@example.com', emailHash: customerId, name: 'Ada' }
    await env.CUSTOMER.getByName(customerId).execute(envelope(customerId, command))
    const chosen = settings({ MAILER: 'cloudflare', MAIL_FROM: 'Petrel <shop@example.com>', EMAIL: binding })
    const request = { customerId, template: 'order_delivered', variables: { orderId: 'ord_1' } }
    expect(await callPort(chosen, 'mailer', 'send', request, about(0))).toEqual({
      messageId: '<1@mail.example>',
    })
    expect(sent).toMatchObject([
      {
        to: 'ada@example.com',
        from: { name: 'Petrel', email: 'shop@example.com' },
        text: expect.stringContaining('ord_1'),
        html: expect.stringContaining('ord_1'),
      },
    ])
  })
})

it('has no other ports', async () => {
  await expect(callPort(settings({}), 'pigeons', 'send', {}, about(0))).rejects.toThrow(RangeError)
})
