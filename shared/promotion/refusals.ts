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
    remedy: 'It ends after it starts; all its amounts are in one currency; a fixed amount is above zero.',
  },
  promotion_not_eligible: promotionNotEligible,
} as const satisfies RefusalCatalog

export const refuse = refusing(promotionRefusals)
