import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { plus } from '../core/time.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Customer } from './state.ts'

/** Begins a registration with a token that verifies the address. Refused: `customer_exists`. */
export function registerCustomer(
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

/** What the address's object says to a registration that is not the newest ends it; see `supersedeRegistration`. */
export function recordEmailClaim(
  { outcome }: CustomerCommandOf<'RecordEmailClaim'>,
  state: Customer,
): Decision<CustomerEvent> {
  return outcome.every(({ ok }) => ok) ? accept() : supersedeRegistration(state)
}

/** Ends a registration that nobody has verified, because there is a newer one of the same address. */
export function supersedeRegistration({ verification, superseded }: Customer): Decision<CustomerEvent> {
  if (verification.used || superseded) return accept()
  return accept({ type: 'RegistrationSuperseded', data: {} })
}

/** Ends a registration with its token: the address is free, and nothing of the person is kept. */
export function lapseRegistration(
  { verification, emailHash }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  if (verification.used || verification.expiresAt > now) return accept()
  return accept({ type: 'RegistrationLapsed', data: { emailHash } })
}

/**
 * Makes a new token, with which the older one stops working. Refused: `already_verified`,
 * `customer_suspended`, `registration_superseded`.
 */
export function resendVerification(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  if (state.verification.used) return refuse('already_verified', 'The address was verified before.')
  if (state.status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (state.superseded)
    return refuse('registration_superseded', 'The e-mail address was registered again since.')
  return accept({ type: 'EmailVerificationRequested', data: verificationToken(context) })
}

/** Notes that the mailer took the mail, unless a newer token has taken the place of the one in it. */
export function recordVerificationSent(
  command: CustomerCommandOf<'RecordVerificationSent'>,
  { verification }: Customer,
): Decision<CustomerEvent> {
  const { secretLabel, outcome } = command
  if (!outcome.ok || verification.sent || verification.secretLabel !== secretLabel) return accept()
  return accept({ type: 'EmailVerificationSent', data: { secretLabel } })
}

/** Verifies the address. Refused: `token_invalid`, `token_used`, `customer_suspended`, `token_expired`. */
export function verifyEmail(
  command: CustomerCommandOf<'VerifyEmail'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const { secretHash, used, expiresAt } = state.verification
  // Nobody learns anything about a customer without the token.
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

/**
 * Notes that the personal promotion exists. A refusal is handed on as `welcome_promotion_refused`, so
 * that an operator hears of it: a welcome mail must not name a code that does not work.
 */
export function recordWelcomePromotion(
  command: CustomerCommandOf<'RecordWelcomePromotion'>,
  { welcome }: Customer,
): Decision<CustomerEvent> {
  const { promotionCode, outcome } = command
  if (welcome?.promotionCode !== promotionCode || welcome.issued) return accept()
  const refused = outcome.find((step) => !step.ok)
  if (refused)
    return refuse('welcome_promotion_refused', `${promotionCode} was refused: ${refused.refusal.code}.`, {
      refusal: refused.refusal,
    })
  return accept({ type: 'WelcomePromotionIssued', data: { promotionCode } })
}

/** Notes that the mailer took the welcome mail. */
export function recordWelcomeSent(
  command: CustomerCommandOf<'RecordWelcomeSent'>,
  { welcome }: Customer,
): Decision<CustomerEvent> {
  const { promotionCode, outcome } = command
  if (!outcome.ok || welcome?.promotionCode !== promotionCode || welcome.sent) return accept()
  return accept({ type: 'WelcomeEmailSent', data: { promotionCode } })
}

function verificationToken({ secrets, nextVersion, now }: DecisionContext) {
  const secretLabel = `verification/${nextVersion}`
  return {
    secretLabel,
    secretHash: secrets.hash(secrets.token(secretLabel)),
    expiresAt: plus(now, customerRules.verificationLifetime),
  }
}

/** The random end of the customer's UUID makes the code personal, and the same whenever it is derived. */
function welcomePromotionCode(customerId: string): string {
  return `WELCOME-${customerId.slice(-12).toUpperCase()}`
}
