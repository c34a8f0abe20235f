import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import {
  CUSTOMER_ID,
  profile,
  registered,
  started,
  suspended,
  verificationSecret,
} from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const requestedAgain: CustomerEvent = { type: 'EmailVerificationRequested', data: verificationSecret(2) }
const sent: CustomerEvent = { type: 'EmailVerificationSent', data: { secretLabel: 'verification/1' } }
const taken = { ok: true, value: { messageId: 'm' } } as const
const refused = { ok: false, refusal: { code: 'mailbox_unknown', detail: 'No such mailbox.' } } as const

describe('RegisterCustomer', () => {
  const register = {
    type: 'RegisterCustomer',
    email: 'ada@example.com',
    emailHash: 'h',
    name: 'Ada',
  } as const

  it('begins with a token that works for 7 days', () => {
    spec.given().when(register).then(started)
  })
  it('keeps the date of birth and the consent that were given', () => {
    const { state } = spec.given().when({ ...register, birthDate: '1990-12-10', marketingConsent: true })
    expect(state?.profile).toEqual({ ...profile, birthDate: '1990-12-10', marketingConsent: true })
    expect(state?.status).toBe('pending')
  })
  it('is refused for an id that is in use', () => {
    spec.given(started).when(register).thenRefused('customer_exists')
  })
})

describe('any other command', () => {
  it('is refused where there is no customer', () => {
    spec.given().when({ type: 'ResendVerification' }).thenRefused('customer_not_found')
    spec.given().when({ type: 'SuspendCustomer' }).thenRefused('customer_not_found')
  })
})

describe('ResendVerification', () => {
  it('makes a new token', () => {
    spec.given(started).when({ type: 'ResendVerification' }).then(requestedAgain)
  })
  it('is refused once the address is verified', () => {
    spec.given(started, registered).when({ type: 'ResendVerification' }).thenRefused('already_verified')
    spec
      .given(started, registered, suspended)
      .when({ type: 'ResendVerification' })
      .thenRefused('already_verified')
  })
  it('is refused for a suspended customer', () => {
    spec.given(started, suspended).when({ type: 'ResendVerification' }).thenRefused('customer_suspended')
  })
})

describe('an unverified registration', () => {
  const ended = plus(NOW, 7 * DAY)
  const lapse = { type: 'LapseRegistration' } as const
  const superseded: CustomerEvent = { type: 'RegistrationSuperseded', data: {} }
  const lapsed: CustomerEvent = { type: 'RegistrationLapsed', data: { emailHash: 'h' } }
  const verify = { type: 'VerifyEmail', token: 'token(verification/1)' } as const
  const to = { kind: 'email_address', id: 'h' }
  const claim = (code: string) => ({
    type: 'RecordEmailClaim' as const,
    outcome: [{ ok: false as const, to, refusal: { code, detail: 'No.' } }],
  })

  it('ends with its token, and nothing of the person is left', () => {
    const { state } = spec.given(started).when(lapse, { now: ended }).then(lapsed)
    expect(state).toMatchObject({ status: 'erased', email: '', emailHash: '', profile: { name: '' } })
    spec.given(started, suspended).when(lapse, { now: ended }).then(lapsed)
  })
  it('goes on until then, and longer with a newer token; a verified one does not end', () => {
    spec
      .given(started)
      .when(lapse, { now: plus(ended, -1) })
      .then()
    const renewed: CustomerEvent = {
      type: 'EmailVerificationRequested',
      data: verificationSecret(2, plus(NOW, DAY)),
    }
    spec.given(started, renewed).when(lapse, { now: ended }).then()
    spec.given(started, registered).when(lapse, { now: ended }).then()
  })
  it('is superseded by a newer one, once, while it is unverified', () => {
    spec.given(started).when({ type: 'SupersedeRegistration' }).then(superseded)
    spec.given(started).when(claim('registration_superseded')).then(superseded)
    spec.given(started).when(claim('email_taken')).then(superseded)
    spec.given(started, superseded).when({ type: 'SupersedeRegistration' }).then()
    spec.given(started, registered).when(claim('registration_superseded')).then()
    spec
      .given(started)
      .when({ type: 'RecordEmailClaim', outcome: [{ ok: true, to, version: 1, events: [] }] })
      .then()
  })
  it('can then neither be verified nor get another token', () => {
    spec.given(started, superseded).when(verify).thenRefused('token_invalid')
    spec
      .given(started, superseded)
      .when({ type: 'ResendVerification' })
      .thenRefused('registration_superseded')
  })
  it('reports an expired token only to a caller who presents it', () => {
    spec.given(started, lapsed).when(verify).thenRefused('token_expired')
    spec
      .given(started, lapsed)
      .when({ ...verify, token: 'guess' })
      .thenRefused('token_invalid')
    spec.given(started, superseded, lapsed).when(verify).thenRefused('token_invalid')
  })
})

describe('RecordVerificationSent', () => {
  const record = {
    type: 'RecordVerificationSent',
    secretLabel: 'verification/1',
    outcome: taken,
  } as const

  it('records that the mailer accepted the mail', () => {
    spec.given(started).when(record).then(sent)
  })
  it('records it once', () => {
    spec.given(started, sent).when(record).then()
  })
  it('records it again for a newer token', () => {
    spec
      .given(started, sent, requestedAgain)
      .when({ ...record, secretLabel: 'verification/2' })
      .then({ type: 'EmailVerificationSent', data: { secretLabel: 'verification/2' } })
  })
  it('records nothing for a replaced token', () => {
    spec.given(started, requestedAgain).when(record).then()
  })
  it('records nothing when the mailer refused', () => {
    spec
      .given(started)
      .when({ ...record, outcome: refused })
      .then()
  })
})

describe('VerifyEmail', () => {
  const verify = { type: 'VerifyEmail', token: 'token(verification/1)' } as const

  it('makes the customer active, with a promotion code of their own', () => {
    const { state } = spec.given(started, sent).when(verify).then(registered)
    expect(state?.status).toBe('active')
  })
  it('is refused with a wrong token', () => {
    spec
      .given(started)
      .when({ ...verify, token: 'guess' })
      .thenRefused('token_invalid')
    spec
      .given(started, registered)
      .when({ ...verify, token: 'guess' })
      .thenRefused('token_invalid')
    spec
      .given(started, suspended)
      .when({ ...verify, token: 'guess' })
      .thenRefused('token_invalid')
  })
  it('is refused with a token that was replaced', () => {
    spec.given(started, requestedAgain).when(verify).thenRefused('token_invalid')
    spec
      .given(started, requestedAgain)
      .when({ ...verify, token: 'token(verification/2)' })
      .then(registered)
  })
  it('is refused with a token that was used', () => {
    spec.given(started, registered).when(verify).thenRefused('token_used')
    spec.given(started, registered, suspended).when(verify).thenRefused('token_used')
  })
  it('is refused with a token that has expired', () => {
    const { expiresAt } = verificationSecret(1)
    spec.given(started).when(verify, { now: expiresAt }).thenRefused('token_expired')
    spec.given(started).when(verify, { now: '2026-03-08T11:59:59.999Z' }).then(registered)
  })
  it('is refused for a customer who was suspended before', () => {
    spec.given(started, suspended).when(verify).thenRefused('customer_suspended')
  })
})

function verificationMail(secretLabel: string) {
  return {
    type: 'call',
    port: 'mailer',
    operation: 'send',
    input: {
      customerId: CUSTOMER_ID,
      template: 'verification',
      variables: { customerId: CUSTOMER_ID },
      secret: { as: 'token', form: 'token', label: secretLabel },
    },
    reply: { type: 'RecordVerificationSent', secretLabel },
  }
}

/** The claim that follows a registration, and each new token. */
function claimUntil(until: string) {
  const command = { type: 'ClaimEmailAddress', customerId: CUSTOMER_ID, since: NOW, until }
  return {
    type: 'commands',
    stopAtRefusal: true,
    steps: [{ to: { kind: 'email_address', id: 'h' }, command }],
    reply: { type: 'RecordEmailClaim' },
  }
}

function lapseAt(at: string) {
  return { type: 'timer', id: 'registration-end', at, command: { type: 'LapseRegistration' } }
}

describe('a registration that has started', () => {
  it('claims the address, mails the token without a word of whoever registered, and ends with the token', () => {
    const { effects } = spec
      .given()
      .when({ type: 'RegisterCustomer', email: 'ada@example.com', emailHash: 'h', name: 'Ada' })
    expect(effects).toEqual([
      claimUntil(plus(NOW, 7 * DAY)),
      verificationMail('verification/1'),
      lapseAt(plus(NOW, 7 * DAY)),
    ])
  })
  it('frees the address when it lapses, and has others forget', () => {
    const { effects } = spec.given(started).when({ type: 'LapseRegistration' }, { now: plus(NOW, 7 * DAY) })
    expect(effects).toMatchObject([
      { steps: [{ to: { kind: 'email_address', id: 'h' }, command: { type: 'ReleaseEmailAddress' } }] },
      { type: 'call', port: 'erasure' },
    ])
  })
})

describe('a verification that was asked for again', () => {
  it('mails the new token', () => {
    const now = plus(NOW, DAY)
    const { effects } = spec.given(started).when({ type: 'ResendVerification' }, { now })
    expect(effects).toEqual([
      verificationMail('verification/2'),
      claimUntil(plus(now, 7 * DAY)),
      lapseAt(plus(now, 7 * DAY)),
    ])
  })
})
