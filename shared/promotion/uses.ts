import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import type { PromotionCommand } from './commands.ts'
import { countUse } from './customer-uses.ts'
import { worthAlone } from './discount.ts'
import type { PromotionEvent, PromotionEventData } from './events.ts'
import { promotionEligibilityPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { promotionRules } from './rules.ts'
import type { Promotion, PromotionFeature } from './state.ts'
import type { EligibilityReason } from './terms.ts'

/** The uses of a promotion: claimed by an order, then confirmed or released. */
export const uses = {
  evolve: {
    PromotionApplied: applied,
    PromotionUseConfirmed: confirmed,
    PromotionReleased: released,
    // A released use makes the promotion usable again, so this follows from the count of uses.
    PromotionExhausted: (state) => state,
  },
  decide: {
    ConfirmPromotionUse: confirmUse,
    ReleasePromotion: releasePromotion,
  },
  creation: { decide: { ApplyPromotion: applyPromotion } },
} satisfies PromotionFeature

function applied(
  state: Promotion,
  { orderId, customerId, uses }: PromotionEventData<'PromotionApplied'>,
): Promotion {
  return {
    ...state,
    uses,
    customerUses: countedFor(state, customerId, 1),
    claimed: [...state.claimed, { orderId, customerId }].slice(-promotionRules.maxClaimedUses),
  }
}

function confirmed(
  state: Promotion,
  { orderId, customerId }: PromotionEventData<'PromotionUseConfirmed'>,
  at: Instant,
): Promotion {
  const oldest = plus(at, -promotionRules.confirmedUsesRetentionMs)
  return {
    ...state,
    claimed: without(state.claimed, orderId),
    confirmed: [...state.confirmed, { orderId, customerId, confirmedAt: at }]
      .filter((use) => use.confirmedAt > oldest)
      .slice(-promotionRules.maxConfirmedUses),
  }
}

function released(
  state: Promotion,
  { orderId, customerId, uses }: PromotionEventData<'PromotionReleased'>,
): Promotion {
  return {
    ...state,
    uses,
    customerUses: countedFor(state, customerId, -1),
    claimed: without(state.claimed, orderId),
    confirmed: without(state.confirmed, orderId),
  }
}

function countedFor(state: Promotion, customerId: string | undefined, change: 1 | -1) {
  if (state.perCustomerLimit === undefined) return state.customerUses
  return countUse(state.customerUses, customerId, change)
}

function without<Use extends { orderId: string }>(uses: readonly Use[], orderId: string): Use[] {
  return uses.filter((use) => use.orderId !== orderId)
}

type Command<Type extends PromotionCommand['type']> = CommandOf<PromotionCommand, Type>

function applyPromotion(
  command: Command<'ApplyPromotion'>,
  state: Promotion | null,
  context: DecisionContext,
): Decision<PromotionEvent> {
  const { orderId, facts } = command
  if (!state) return notEligible(context.id, ['unknown_code'])
  if (useOf(state, orderId)) return accept()
  const { terms, usageLimit } = state
  const { eligible, reasons, decision } = promotionEligibilityPolicy(state, facts, context.now)
  if (!eligible) return notEligible(terms.code, reasons)
  const uses = state.uses + 1
  const applied: PromotionEvent = {
    type: 'PromotionApplied',
    data: {
      code: terms.code,
      orderId,
      customerId: facts.customerId,
      terms,
      discount: { amount: worthAlone(terms, facts) ?? 0, currency: facts.currency },
      uses,
      usageLimit,
      decisions: [decision],
    },
  }
  if (uses !== usageLimit) return accept(applied)
  return accept<PromotionEvent>(applied, { type: 'PromotionExhausted', data: { code: terms.code, uses } })
}

function confirmUse(command: Command<'ConfirmPromotionUse'>, state: Promotion): Decision<PromotionEvent> {
  const claim = state.claimed.find((use) => use.orderId === command.orderId)
  if (!claim) return accept()
  const { orderId, customerId } = claim
  return accept({ type: 'PromotionUseConfirmed', data: { code: state.terms.code, orderId, customerId } })
}

function releasePromotion(command: Command<'ReleasePromotion'>, state: Promotion): Decision<PromotionEvent> {
  const use = useOf(state, command.orderId)
  if (!use) return accept()
  const { orderId, customerId } = use
  return accept({
    type: 'PromotionReleased',
    data: { code: state.terms.code, orderId, customerId, reason: command.reason, uses: state.uses - 1 },
  })
}

function notEligible(code: string, reasons: readonly EligibilityReason[]): Decision<never> {
  return refuse('promotion_not_eligible', `${code} does not apply: ${reasons.join(', ')}.`, { reasons })
}

function useOf(state: Promotion, orderId: string) {
  return [...state.claimed, ...state.confirmed].find((use) => use.orderId === orderId)
}
