import type { DecisionContext } from '../core/aggregate.ts'
import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import { type CustomerCommandOf, type ReplyOf, toEmailAddress } from './commands.ts'
import { erasedCustomer, sweep } from './erasure.ts'
import type { CustomerEvent, CustomerEventData } from './events.ts'
import { segmentTimer } from './loyalty/segment.ts'
import { noLoyalty } from './loyalty/state.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import { reportStanding } from './standing.ts'
import { type Customer, type CustomerFeature, timers } from './state.ts'
import { createWelcomePromotion, welcomePromotionCode } from './welcome.ts'

/** A registration: it claims an e-mail address until the mailed token verifies it or expires. */
export const registration = {
  creation: {
    evolve: { CustomerRegistrationStarted: (_, data, at) => started(data, at) },
    decide: { RegisterCustomer: registerCustomer },
  },
  evolve: {
    EmailVerificationRequested: (state, data) => ({
      ...state,
      verification: { ...data, sent: false, used: false },
    }),
    EmailVerificationSent: (state) => ({ ...state, verification: { ...state.verification, sent: true } }),
    CustomerRegistered: (state, { welcomePromotionCode: promotionCode }, at) => ({
      ...state,
      status: 'active',
      registeredAt: at,
      verification: { ...state.verification, used: true },
      welcome: { promotionCode, issued: false, sent: false },
    }),
    RegistrationSuperseded: (state) => ({ ...state, superseded: true }),
    RegistrationLapsed: lapsed,
  },
  decide: {
    RecordEmailClaim: recordEmailClaim,
    SupersedeRegistration: (_, state) => supersede(state),
    LapseRegistration: (_, state, context) => lapse(state, context),
    ResendVerification: (_, state, context) => resendVerification(state, context),
    RecordVerificationSent: recordVerificationSent,
    VerifyEmail: verifyEmail,
  },
  react: {
    CustomerRegistrationStarted: ({ secretLabel }, state, { id }) => [
      claimAddress(state, id),
      verificationMail(secretLabel, id),
      endTimer(state),
    ],
    EmailVerificationRequested: ({ secretLabel }, state, { id }) => [
      verificationMail(secretLabel, id),
      claimAddress(state, id),
      endTimer(state),
    ],
    CustomerRegistered: (data, state, { id, at }) => [
      createWelcomePromotion(data.welcomePromotionCode, at, id),
      segmentTimer(state, at),
      reportStanding('all', state, at, id),
      // The API confirms the address before it sends the command; repeated here, so that it cannot be lost.
      send(toEmailAddress(state.emailHash, { type: 'ConfirmEmailAddress', customerId: id, since: at })),
      unschedule(timers.registration),
    ],
    RegistrationLapsed: ({ emailHash }, _, { id }) => [
      send(toEmailAddress(emailHash, { type: 'ReleaseEmailAddress', customerId: id })),
      sweep(id),
    ],
  },
} satisfies CustomerFeature

function started(data: CustomerEventData<'CustomerRegistrationStarted'>, at: Instant): Customer {
  const { email, emailHash, profile, ...secret } = data
  return {
    status: 'pending',
    email,
    emailHash,
    profile,
    registeredAt: at,
    verification: { ...secret, sent: false, used: false },
    logIns: [],
    logInRequests: [],
    loyalty: noLoyalty,
    segment: 'new',
    paymentAttempts: [],
  }
}

/** The hash of the token stays, so that its holder can be informed that it has expired. */
function lapsed(state: Customer, _: CustomerEventData<'RegistrationLapsed'>, at: Instant): Customer {
  const { verification, superseded } = state
  return { ...erasedCustomer(state, at), verification, ...(superseded && { superseded }) }
}

/** Begins a registration with a token that verifies the address. Refused: `customer_exists`. */
function registerCustomer(
  command: CustomerCommandOf<'RegisterCustomer'>,
  state: Customer | null,
  context: DecisionContext,
): Decision<CustomerEvent> {
  if (state) return refuse('customer_exists', `${context.id} is registered already.`)
  const { email, emailHash, name, birthDate, marketingConsent = false } = command
  const profile = { name, addresses: [], marketingConsent, ...(birthDate !== undefined && { birthDate }) }
  return accept({
    type: 'CustomerRegistrationStarted',
    data: { email, emailHash, profile, ...verificationToken(context) },
  })
}

/** A refused claim means that the address has a newer registration. */
function recordEmailClaim(
  { outcome }: CustomerCommandOf<'RecordEmailClaim'>,
  state: Customer,
): Decision<CustomerEvent> {
  return outcome.every(({ ok }) => ok) ? accept() : supersede(state)
}

/** Ends an unverified registration, because there is a newer one of the same address. */
function supersede({ verification, superseded }: Customer): Decision<CustomerEvent> {
  if (verification.used || superseded) return accept()
  return accept({ type: 'RegistrationSuperseded', data: {} })
}

/** Ends a registration when its token expires: the address is free, and all personal data is removed. */
function lapse({ verification, emailHash }: Customer, { now }: DecisionContext): Decision<CustomerEvent> {
  if (verification.used || verification.expiresAt > now) return accept()
  return accept({ type: 'RegistrationLapsed', data: { emailHash } })
}

/**
 * Makes a new token, which invalidates the older one. Refused: `already_verified`,
 * `customer_suspended`, `registration_superseded`.
 */
function resendVerification(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  if (state.verification.used) return refuse('already_verified', 'The address was verified before.')
  if (state.status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (state.superseded)
    return refuse('registration_superseded', 'The e-mail address was registered again since.')
  return accept({ type: 'EmailVerificationRequested', data: verificationToken(context) })
}

/** Records that the mailer accepted the mail, unless a newer token has replaced the one in it. */
function recordVerificationSent(
  { secretLabel, outcome }: CustomerCommandOf<'RecordVerificationSent'>,
  { verification }: Customer,
): Decision<CustomerEvent> {
  if (!outcome.ok || verification.sent || verification.secretLabel !== secretLabel) return accept()
  return accept({ type: 'EmailVerificationSent', data: { secretLabel } })
}

/** Verifies the address. Refused: `token_invalid`, `token_used`, `customer_suspended`, `token_expired`. */
function verifyEmail(
  command: CustomerCommandOf<'VerifyEmail'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const { secretHash, used, expiresAt } = state.verification
  // Without the token nothing about the customer is disclosed.
  if (context.secrets.hash(command.token) !== secretHash || state.superseded)
    return refuse('token_invalid', 'This is not the token that was mailed last.')
  if (used) return refuse('token_used', 'The address was verified with this token before.')
  if (state.status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (expiresAt <= context.now) return refuse('token_expired', `The token worked until ${expiresAt}.`)
  return accept({
    type: 'CustomerRegistered',
    data: { email: state.email, welcomePromotionCode: welcomePromotionCode(context.id) },
  })
}

function verificationToken({ secrets, nextVersion, now }: DecisionContext) {
  const secretLabel = `verification/${nextVersion}`
  return {
    secretLabel,
    secretHash: secrets.hash(secrets.token(secretLabel)),
    expiresAt: plus(now, customerRules.verificationLifetimeMs),
  }
}

/** Claims the address for this registration until its token expires, unless there is a newer one. */
function claimAddress({ emailHash, registeredAt, verification }: Customer, customerId: string): Effect {
  return send(
    toEmailAddress(emailHash, {
      type: 'ClaimEmailAddress',
      customerId,
      since: registeredAt,
      until: verification.expiresAt,
    }),
    { type: 'RecordEmailClaim' } satisfies ReplyOf<'RecordEmailClaim'>,
  )
}

/** The expiry of an unverified registration. */
function endTimer({ verification }: Customer): Effect {
  return schedule(timers.registration, verification.expiresAt, { type: 'LapseRegistration' })
}

/** Anyone can send this mail to any address: it contains none of their input. */
function verificationMail(secretLabel: string, customerId: string): Effect {
  return mail(
    {
      customerId,
      template: 'verification',
      variables: { customerId },
      secret: { as: 'token', form: 'token', label: secretLabel },
    },
    { type: 'RecordVerificationSent', secretLabel } satisfies ReplyOf<'RecordVerificationSent'>,
  )
}
