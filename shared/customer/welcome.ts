import type { Effect } from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import type { CustomerCommandOf, ReplyOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { createPersonalPromotion } from './personal-promotion.ts'
import { customerRules } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Customer, CustomerFeature } from './state.ts'

/** The welcome: a personal promotion, then the mail that names it. */
export const welcome = {
  evolve: {
    WelcomePromotionIssued: (state) =>
      state.welcome ? { ...state, welcome: { ...state.welcome, issued: true } } : state,
    WelcomeEmailSent: (state) =>
      state.welcome ? { ...state, welcome: { ...state.welcome, sent: true } } : state,
  },
  decide: {
    RecordWelcomePromotion: recordWelcomePromotion,
    RecordWelcomeSent: recordWelcomeSent,
  },
  react: {
    WelcomePromotionIssued: ({ promotionCode }, state, { id }) => [welcomeMail(promotionCode, state, id)],
  },
} satisfies CustomerFeature

/**
 * Records that the personal promotion exists. A refusal becomes `welcome_promotion_refused`, which parks the
 * effect for an operator: a welcome mail must not name an invalid code.
 */
function recordWelcomePromotion(
  { promotionCode, outcome }: CustomerCommandOf<'RecordWelcomePromotion'>,
  { welcome }: Customer,
): Decision<CustomerEvent> {
  if (welcome?.promotionCode !== promotionCode || welcome.issued) return accept()
  const refused = outcome.find((step) => !step.ok)
  if (refused)
    return refuse('welcome_promotion_refused', `${promotionCode} was refused: ${refused.refusal.code}.`, {
      refusal: refused.refusal,
    })
  return accept({ type: 'WelcomePromotionIssued', data: { promotionCode } })
}

/** Records that the mailer accepted the welcome mail. */
function recordWelcomeSent(
  { promotionCode, outcome }: CustomerCommandOf<'RecordWelcomeSent'>,
  { welcome }: Customer,
): Decision<CustomerEvent> {
  if (!outcome.ok || welcome?.promotionCode !== promotionCode || welcome.sent) return accept()
  return accept({ type: 'WelcomeEmailSent', data: { promotionCode } })
}

/** Derived from the random end of the customer's UUID: personal, and always the same. */
export function welcomePromotionCode(customerId: string): string {
  return `WELCOME-${customerId.slice(-12).toUpperCase()}`
}

/** A discount on the first order. */
export function createWelcomePromotion(code: string, at: Instant, customerId: string): Effect {
  const { percent, lifetimeMs } = customerRules.welcome
  const conditions = { firstOrderOnly: true }
  return createPersonalPromotion({ code, customerId, percent, conditions, endsAt: plus(at, lifetimeMs) }, {
    type: 'RecordWelcomePromotion',
    promotionCode: code,
  } satisfies ReplyOf<'RecordWelcomePromotion'>)
}

function welcomeMail(promotionCode: string, { profile }: Customer, customerId: string): Effect {
  return mail({ customerId, template: 'welcome', variables: { name: profile.name, promotionCode } }, {
    type: 'RecordWelcomeSent',
    promotionCode,
  } satisfies ReplyOf<'RecordWelcomeSent'>)
}
