import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { customer, operator, ops, send } from '../http/request.fixture.ts'

const mailsSchema = z.array(
  z.looseObject({ template: z.string(), text: z.string(), variables: z.record(z.string(), z.string()) }),
)

async function mailsOf(email: string, template: string) {
  const { body } = await send('GET', `/ops/mailbox?to=${encodeURIComponent(email)}`, { as: ops })
  return mailsSchema.parse(body.data).filter((mail) => mail.template === template)
}

async function newest(email: string, template: string, count = 1): Promise<Record<string, string>> {
  const mails = await eventually(async () => {
    const found = await mailsOf(email, template)
    expect(found.length).toBeGreaterThanOrEqual(count)
    return found
  })
  return mails[0]?.variables ?? expect.fail()
}

let callers = 0
/** A caller from another place of the network. */
function elsewhere(): Record<string, string> {
  callers += 1
  return { 'CF-Connecting-IP': `198.51.${Math.floor(callers / 250)}.${callers % 250}` }
}

function anAddress(): string {
  return `${newId('cus')}@example.com`
}

async function pending(email = anAddress(), more: object = {}) {
  const body = { email, name: 'Ada Lovelace', ...more }
  const answer = await send('POST', '/customers', { body, headers: elsewhere() })
  expect(answer).toMatchObject({ status: 201, body: { status: 'pending' } })
  return { id: answer.body.id ?? expect.fail(), email }
}

async function verify(id: string, token: string | undefined) {
  return send('POST', `/customers/${id}/verify-email`, { body: { token }, headers: elsewhere() })
}

async function verified() {
  const { id, email } = await pending()
  const { token } = await newest(email, 'verification')
  expect(await verify(id, token)).toMatchObject({ status: 200 })
  return { id, email }
}

async function start(email: string, headers = elsewhere()): Promise<string> {
  const answer = await send('POST', '/sessions', { body: { email }, headers })
  expect(answer.status).toBe(200)
  return z.string().parse(answer.body.sessionId)
}

function complete(body: object, headers = elsewhere()) {
  return send('POST', '/sessions/complete', { body, headers })
}

/** An answer, without what differs in every response. */
function seen({ status, headers, body }: Awaited<ReturnType<typeof send>>) {
  const { traceId: _, instance: __, sessionId: ___, ...rest } = body
  return { status, body: rest, headers: [...headers.keys()].sort() }
}

async function end(id: string, path: 'suspend' | 'erase') {
  const answer =
    path === 'suspend'
      ? await send('POST', `/customers/${id}/suspend`, { as: operator })
      : await send('DELETE', `/customers/${id}`, { as: operator })
  expect(answer.status).toBe(200)
}

describe('resendVerification', () => {
  it('answers every id alike, without personal data', async () => {
    const [suspended, erased] = [await verified(), await verified()]
    await end(suspended.id, 'suspend')
    await end(erased.id, 'erase')
    const ids = [(await pending()).id, (await verified()).id, suspended.id, erased.id, newId('cus')]
    const answers = []
    for (const id of ids)
      for (const query of ['', '?dryRun=true'])
        answers.push(
          await send('POST', `/customers/${id}/resend-verification${query}`, {
            headers: { ...elsewhere(), 'If-Match': '"7"', 'Idempotency-Key': newId('cus') },
          }),
        )
    for (const answer of answers) expect(seen(answer)).toEqual(seen(answers[0] ?? expect.fail()))
    expect(seen(answers[0] ?? expect.fail())).toMatchObject({ status: 202, body: {} })
    expect(answers[0]?.headers.has('ETag')).toBe(false)
  })

  it('mails at most three times an hour to one address, including registrations, whoever the caller is', async () => {
    const { id, email } = await pending()
    for (let tries = 0; tries < 8; tries += 1)
      await send('POST', `/customers/${id}/resend-verification`, { headers: elsewhere() })
    const { token } = await newest(email, 'verification', 3)
    // The newest token works, and every token was mailed.
    expect(await verify(id, token)).toMatchObject({ status: 200 })
    expect(await mailsOf(email, 'verification')).toHaveLength(3)
  })

  it('mails no text from the registration', async () => {
    const name = 'Buy cheap pills at pills.example'
    const { email } = await pending(anAddress(), { name })
    await newest(email, 'verification')
    expect(JSON.stringify(await mailsOf(email, 'verification'))).not.toContain('pills')
  })
})

describe('verifyEmail', () => {
  it('reveals the version only to a caller with a valid token', async () => {
    const suspended = await verified()
    await end(suspended.id, 'suspend')
    const token = 'x'.repeat(43)
    const answers = []
    for (const { id } of [await pending(), await verified(), suspended])
      for (const tags of ['"1"', '"2", "77"', 'W/"77"', '*'])
        for (const query of ['', '?dryRun=true'])
          answers.push(
            await send('POST', `/customers/${id}/verify-email${query}`, {
              body: { token },
              headers: { ...elsewhere(), 'If-Match': tags },
            }),
          )
    for (const { body } of answers) expect(body).not.toHaveProperty('currentVersion')
    for (const { body } of answers) expect(JSON.stringify(body)).toContain('"code":"token_invalid"')
  })

  it('honours If-Match for a caller with a valid token', async () => {
    const { id, email } = await pending()
    const { token } = await newest(email, 'verification')
    const headers = { ...elsewhere(), 'If-Match': '"77"' }
    expect(await send('POST', `/customers/${id}/verify-email`, { body: { token }, headers })).toMatchObject({
      status: 412,
      body: { code: 'version_conflict' },
    })
    expect(await verify(id, token)).toMatchObject({ status: 200 })
  })
})

describe('registerCustomer', () => {
  it('looks no address up in a dry run', async () => {
    const body = { email: (await verified()).email, name: 'Eve' }
    const taken = await send('POST', '/customers?dryRun=true', { body })
    const free = await send('POST', '/customers?dryRun=true', { body: { ...body, email: anAddress() } })
    expect(taken).toMatchObject({ status: 200, body: { refusal: null, resource: { status: 'pending' } } })
    expect(seen(taken).headers).toEqual(seen(free).headers)
    expect(Object.keys(taken.body)).toEqual(Object.keys(free.body))
  })

  it('reveals to one caller five times an hour that an address is taken, and then nothing', async () => {
    const { email } = await verified()
    const headers = elsewhere()
    const codeFor = async (address: string) =>
      (await send('POST', '/customers', { body: { email: address, name: 'Eve' }, headers })).body.code
    expect(await codeFor(anAddress())).toBeUndefined()
    // Concurrent requests: no more than five get the answer.
    const codes = await Promise.all(Array.from({ length: 12 }, () => codeFor(email)))
    expect(codes.filter((code) => code === 'email_taken')).toHaveLength(5)
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(7)
    expect(await codeFor(email)).toBe('rate_limited')
    expect(await codeFor(anAddress())).toBe('rate_limited')
    // Other callers are not limited.
    expect((await pending()).id).toMatch(/^cus_/)
    const refused = await send('POST', '/customers', { body: { email, name: 'Eve' }, headers })
    expect(refused).toMatchObject({ status: 429 })
    expect(refused.headers.get('Retry-After')).toBe('3600')
  })

  it('counts all of an IPv6 network as one caller', async () => {
    const { email } = await verified()
    const from = async (host: string) =>
      (
        await send('POST', '/customers', {
          body: { email, name: 'Eve' },
          headers: { 'CF-Connecting-IP': `2001:db8:1:2${host}` },
        })
      ).body.code
    for (const host of ['::1', '::2', ':3::4', ':5:6:7:8', '::9'])
      expect(await from(host)).toBe('email_taken')
    expect(await from('::a')).toBe('rate_limited')
  })
})

describe('an unverified address', () => {
  it('goes to the newest registration at once, which inherits nothing', async () => {
    const email = anAddress()
    const stranger = await pending(email, {
      name: 'Mallory',
      birthDate: '1970-01-01',
      marketingConsent: true,
    })
    const { token: strangers } = await newest(email, 'verification')
    const owner = await pending(email.toUpperCase(), { name: 'Ada' })
    const { token } = await newest(email, 'verification', 2)
    expect(await verify(stranger.id, strangers)).toMatchObject({
      status: 401,
      body: { code: 'token_invalid' },
    })
    const answer = await verify(owner.id, token)
    expect(answer).toMatchObject({
      status: 200,
      body: { customer: { name: 'Ada', marketingConsent: false } },
    })
    expect(JSON.stringify(answer.body)).not.toMatch(/Mallory|1970/)
    await eventually(async () => {
      const { body } = await send('GET', `/customers/${stranger.id}/events`, { as: operator })
      expect(JSON.stringify(body)).toContain('RegistrationSuperseded')
    })
    expect(
      await send('POST', '/customers', { body: { email, name: 'Eve' }, headers: elsewhere() }),
    ).toMatchObject({
      status: 409,
      body: { code: 'email_taken' },
    })
  })

  it('belongs to the holder of the newest token, when several register and verify concurrently', async () => {
    const email = anAddress()
    const all = await Promise.all([pending(email), pending(email), pending(email)])
    await newest(email, 'verification', 3)
    const mails = await mailsOf(email, 'verification')
    const answers = await Promise.all(
      all.map(({ id }) =>
        verify(id, mails.find(({ variables }) => variables.customerId === id)?.variables.token),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
  })

  it('is not claimed by a registration that is refused', async () => {
    const email = anAddress()
    const { id } = await pending(email)
    const { token } = await newest(email, 'verification')
    const body = { email, name: 'Eve' }
    const refused = [
      await send('POST', '/customers', { body, headers: { ...elsewhere(), 'If-Match': '"3"' } }),
      await send('POST', '/customers', { body: { ...body, name: '' }, headers: elsewhere() }),
      await send('POST', '/customers?dryRun=true', { body, headers: elsewhere() }),
    ]
    expect(refused.map(({ status }) => status).slice(0, 2)).not.toContain(201)
    expect(await verify(id, token)).toMatchObject({ status: 200 })
    expect(await mailsOf(email, 'verification')).toHaveLength(1)
  })

  it('that the first release claimed permanently is taken over from a customer who never verified it', async () => {
    const email = anAddress()
    const old = await pending(email)
    const { token } = await newest(email, 'verification')
    const { state } = (await env.CUSTOMER.getByName(old.id).read({})) ?? expect.fail()
    const claim = env.EMAIL_ADDRESS.getByName(state.emailHash)
    // As the first release dispatched it, right after the registration.
    await claim.execute(envelope(state.emailHash, { type: 'ConfirmEmailAddress', customerId: old.id }))
    expect(await claim.read({})).toMatchObject({ state: { status: 'confirmed', verified: false } })
    const owner = await pending(email)
    const { token: newer } = await newest(email, 'verification', 2)
    expect(await verify(owner.id, newer)).toMatchObject({ status: 200 })
    expect(await verify(old.id, token)).toMatchObject({ body: { code: 'token_invalid' } })
  })
})

describe('a log-in', () => {
  it('starts in the same way for every address', async () => {
    const suspended = await verified()
    await end(suspended.id, 'suspend')
    const emails = [(await verified()).email, (await pending()).email, suspended.email, anAddress()]
    const answers = []
    for (const email of emails)
      answers.push(await send('POST', '/sessions', { body: { email }, headers: elsewhere() }))
    for (const answer of answers) {
      expect(seen(answer)).toEqual(seen(answers[0] ?? expect.fail()))
      expect(answer.body.sessionId).toMatch(/^[a-p]{152}$/)
    }
    expect(new Set(answers.map(({ body }) => body.sessionId)).size).toBe(4)
  })

  it('is the same under one Idempotency-Key, whether or not there is a customer', async () => {
    for (const email of [(await verified()).email, anAddress()]) {
      const headers = { ...elsewhere(), 'Idempotency-Key': newId('cus') }
      expect(await start(email, headers)).toBe(await start(email, headers))
    }
  })

  it('fails in the same way for a wrong, used, expired or unknown code, for any customer', async () => {
    const { email } = await verified()
    const sessionId = await start(email)
    const { code = '' } = await newest(email, 'log_in_code')
    const suspended = await verified()
    const suspendedSession = await start(suspended.email)
    const { code: suspendedCode } = await newest(suspended.email, 'log_in_code')
    await end(suspended.id, 'suspend')
    const wrong = code === '000000' ? '000001' : '000000'
    const answers = [
      await complete({ sessionId, code: wrong }),
      await complete({ email, code: wrong }),
      await complete({ email: anAddress(), code }),
      await complete({ sessionId: await start(anAddress()), code }),
      await complete({ sessionId: 'nonsense', code }),
      await complete({ sessionId: 'ab'.repeat(76), code }),
      await complete({ sessionId: suspendedSession, code: suspendedCode }),
      await complete({ email: (await pending()).email, code }),
    ]
    const key = { 'Idempotency-Key': newId('cus') }
    for (const repeated of [1, 2])
      answers.push(
        await complete({ sessionId, code: wrong }, { ...elsewhere(), ...key, repeated: `${repeated}` }),
      )
    expect(await complete({ sessionId, code })).toMatchObject({ status: 200 })
    answers.push(await complete({ sessionId, code }))
    expect(seen(answers[0] ?? expect.fail())).toMatchObject({ status: 401, body: { code: 'code_wrong' } })
    for (const answer of answers) expect(seen(answer)).toEqual(seen(answers[0] ?? expect.fail()))
  })

  it('succeeds once with each code, by handle or by e-mail; a repetition gets the same answer', async () => {
    const { id, email } = await verified()
    const sessionId = await start(email)
    const { code } = await newest(email, 'log_in_code')
    const headers = { ...elsewhere(), 'Idempotency-Key': newId('cus') }
    const first = await complete({ sessionId, code }, headers)
    expect(first).toMatchObject({ status: 200, body: { customerId: id } })
    const again = await complete({ sessionId, code }, headers)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    await start(email)
    const { code: second } = await newest(email, 'log_in_code', 2)
    expect(await complete({ email, code: second })).toMatchObject({ status: 200, body: { customerId: id } })
    expect(await complete({ email, code: second })).toMatchObject({ status: 401 })
    expect(await complete({ email, sessionId, code: second ?? '' })).toMatchObject({ status: 422 })
    expect(await complete({ code: second ?? '' })).toMatchObject({ status: 422 })
  })

  it('cannot be exhausted by ten other callers, from any network', async () => {
    const { id, email } = await verified()
    const same = elsewhere()
    for (let stranger = 0; stranger < 10; stranger += 1) {
      const headers = stranger % 2 ? same : elsewhere()
      const sessionId = await start(email, headers)
      for (let tries = 0; tries < 6; tries += 1) {
        expect(await complete({ sessionId, code: '000000' }, headers)).toMatchObject({ status: 401 })
      }
      await complete({ email, code: '000000' })
    }
    const sessionId = await start(email, same)
    const { code } = await newest(email, 'log_in_code', 3)
    expect(await mailsOf(email, 'log_in_code')).toHaveLength(3)
    expect(await complete({ sessionId, code }, same)).toMatchObject({ status: 200, body: { customerId: id } })
  })

  it('allows five tries per handle, right or wrong, and per caller who sends the address', async () => {
    const { email } = await verified()
    const sessionId = await start(email)
    const { code = '' } = await newest(email, 'log_in_code')
    const wrong = code === '000000' ? '000001' : '000000'
    // From five addresses: the limit is per handle.
    for (let tries = 0; tries < 5; tries += 1)
      expect((await complete({ sessionId, code: wrong })).status).toBe(401)
    expect(await complete({ sessionId, code })).toMatchObject({ status: 401, body: { code: 'code_wrong' } })
    const stranger = elsewhere()
    for (let tries = 0; tries < 5; tries += 1)
      expect((await complete({ email, code: wrong }, stranger)).status).toBe(401)
    expect((await complete({ email, code }, stranger)).status).toBe(401)
    expect((await complete({ email, code })).status).toBe(200)
  })
})

describe('a registration', () => {
  it('expires with its token, and its address is available again', async () => {
    const { id, email } = await pending()
    const { token } = await newest(email, 'verification')
    await send('POST', '/ops/clock/advance', { as: ops, body: { by: 'P7DT1M' } })
    expect(await verify(id, token)).toMatchObject({ status: 401, body: { code: 'token_expired' } })
    const { body } = await send('GET', `/customers/${id}/events`, { as: operator })
    expect(JSON.stringify(body)).toContain('RegistrationLapsed')
    expect(JSON.stringify(body)).not.toMatch(/Lovelace|@example/)
    await eventually(async () => expect(await mailsOf(email, 'verification')).toEqual([]))
    expect((await pending(email)).id).not.toBe(id)
    expect(await send('GET', `/customers/${id}`, { as: customer(id) })).toMatchObject({
      body: { status: 'erased' },
    })
  })
})
