import type { DecisionContext } from '../../core/aggregate.ts'
import type { Effect } from '../../core/effect.ts'
import { mail } from '../../core/mail.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import { plus } from '../../core/time.ts'
import type { CustomerCommandOf, ReplyOf } from '../commands.ts'
import type { CustomerEvent, CustomerEventData } from '../events.ts'
import { createPersonalPromotion } from '../personal-promotion.ts'
import { customerRules } from '../policies.ts'
import { refuse } from '../refusals.ts'
import type { Customer, CustomerFeature } from '../state.ts'

/** The offer to a customer at risk: a personal promotion and, with the customer's consent, a mail that names it. */
export const retention = {
  evolve: {
    RetentionOfferMade: (state, { promotionCode, percent }) => ({
      ...state,
      retention: { promotionCode, percent, issued: false, sent: false },
    }),
    RetentionPromotionIssued: (state) =>
      state.retention ? { ...state, retention: { ...state.retention, issued: true } } : state,
    RetentionOfferSent: (state) =>
      state.retention ? { ...state, retention: { ...state.retention, sent: true } } : state,
  },
  decide: {
    RecordRetentionPromotion: recordRetentionPromotion,
    RecordRetentionSent: recordRetentionSent,
  },
  react: {
    RetentionOfferMade: (offer, _, { id }) => [createRetentionPromotion(offer, id)],
    RetentionPromotionIssued: ({ promotionCode, toBeMailed }, state, { id }) =>
      toBeMailed ? [retentionMail(promotionCode, state, id)] : [],
  },
} satisfies CustomerFeature

/** The event of a new offer. */
export function retentionOffer(
  { profile }: Customer,
  decisions: PolicyDecision[],
  context: DecisionContext,
): CustomerEvent {
  const { percent, lifetimeMs } = customerRules.retention
  return {
    type: 'RetentionOfferMade',
    data: {
      promotionCode: retentionPromotionCode(context),
      percent,
      endsAt: plus(context.now, lifetimeMs),
      consented: profile.marketingConsent,
      decisions,
    },
  }
}

/** Unguessable, because it is derived from the server's key, and always the same for this offer. */
function retentionPromotionCode({ secrets, nextVersion }: DecisionContext): string {
  const token = secrets.token(`retention/${nextVersion}`).toUpperCase()
  return `STAY-${token.replaceAll(/[^A-Z0-9]/g, '').slice(0, 16)}`
}

/**
 * Records that the promotion of an offer exists, and whether a mail names it: only active customers who consented
 * to offers get one. A refusal becomes `retention_promotion_refused`, which parks the effect for an
 * operator.
 */
function recordRetentionPromotion(
  { promotionCode, outcome }: CustomerCommandOf<'RecordRetentionPromotion'>,
  { retention, status, profile }: Customer,
): Decision<CustomerEvent> {
  if (retention?.promotionCode !== promotionCode || retention.issued) return accept()
  const refused = outcome.find((step) => !step.ok)
  if (refused)
    return refuse('retention_promotion_refused', `${promotionCode} was refused: ${refused.refusal.code}.`, {
      refusal: refused.refusal,
    })
  const toBeMailed = status === 'active' && profile.marketingConsent
  return accept({ type: 'RetentionPromotionIssued', data: { promotionCode, toBeMailed } })
}

/** Records that the mailer accepted the mail with the offer. */
function recordRetentionSent(
  { promotionCode, outcome }: CustomerCommandOf<'RecordRetentionSent'>,
  { retention }: Customer,
): Decision<CustomerEvent> {
  if (!outcome.ok || retention?.promotionCode !== promotionCode || retention.sent) return accept()
  return accept({ type: 'RetentionOfferSent', data: { promotionCode } })
}

function createRetentionPromotion(
  { promotionCode, percent, endsAt }: CustomerEventData<'RetentionOfferMade'>,
  customerId: string,
): Effect {
  return createPersonalPromotion({ code: promotionCode, customerId, percent, endsAt }, {
    type: 'RecordRetentionPromotion',
    promotionCode,
  } satisfies ReplyOf<'RecordRetentionPromotion'>)
}

function retentionMail(promotionCode: string, { profile, retention }: Customer, customerId: string): Effect {
  const percent = String(retention?.percent ?? customerRules.retention.percent)
  return mail(
    {
      customerId,
      template: 'retention_offer',
      variables: { name: profile.name, promotionCode, percent },
    },
    { type: 'RecordRetentionSent', promotionCode } satisfies ReplyOf<'RecordRetentionSent'>,
  )
}
