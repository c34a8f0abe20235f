import { type RefusalCatalog, refusing } from '../core/refusal.ts'
import { promotionNotEligible } from './terms.ts'

export const promotionRefusals = {
  promotion_exists: {
    kind: 'conflict',
    title: 'A promotion with this code exists already.',
    remedy: 'Choose another code; codes are compared in upper case.',
  },
  promotion_not_found: {
    kind: 'not_found',
    title: 'No promotion has this code.',
    remedy: 'Check the code.',
  },
  promotion_invalid: {
    kind: 'invalid',
    title: 'The promotion contradicts itself.',
    remedy:
      'Each entry of `errors` points at what contradicts: it ends after it starts; all its amounts are above zero and in one currency; tiers rise, and none takes off more than it asks for; free_shipping is of class shipping, buy_x_get_y and tiered are not; the SKU of buy_x_get_y is among those of the conditions.',
  },
  promotion_expired: {
    kind: 'conflict',
    title: 'The promotion has ended.',
    remedy: 'What has ended cannot be activated; create another promotion.',
  },
  promotion_not_eligible: promotionNotEligible,
} as const satisfies RefusalCatalog

export const refuse = refusing(promotionRefusals)
