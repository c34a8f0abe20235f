import { accept, type Decision } from '../../core/refusal.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent } from '../events.ts'
import { refuse } from '../refusals.ts'
import type { Customer } from '../state.ts'

/**
 * Notes that the promotion of a retention offer exists, and whether a mail tells of it: only customers who
 * are active and agree to hear of offers get one. A refusal is handed on as `retention_promotion_refused`,
 * so that an operator hears of it.
 */
export function recordRetentionPromotion(
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

/** Notes that the mailer took the mail with the offer. */
export function recordRetentionSent(
  { promotionCode, outcome }: CustomerCommandOf<'RecordRetentionSent'>,
  { retention }: Customer,
): Decision<CustomerEvent> {
  if (!outcome.ok || retention?.promotionCode !== promotionCode || retention.sent) return accept()
  return accept({ type: 'RetentionOfferSent', data: { promotionCode } })
}
