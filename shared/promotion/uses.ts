import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { PromotionCommand } from './commands.ts'
import { createPromotion } from './creation.ts'
import { worthAlone } from './discount.ts'
import type { PromotionEvent } from './events.ts'
import { promotionEligibilityPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { type Promotion, promotionStatus } from './state.ts'
import type { EligibilityReason } from './terms.ts'

/** Decides one command on a promotion. Refusals: see `refusals.ts`. */
export function decide(
  command: PromotionCommand,
  state: Promotion | null,
  context: DecisionContext,
): Decision<PromotionEvent> {
  if (command.type === 'CreatePromotion') return createPromotion(command, state)
  if (!state) return decideUnknown(command, context)
  switch (command.type) {
    case 'ApplyPromotion':
      return applyPromotion(command, state, context)
    case 'ConfirmPromotionUse':
      return confirmUse(command, state)
    case 'ReleasePromotion':
      return releasePromotion(command, state)
    case 'ActivatePromotion':
      return activatePromotion(state, context)
    case 'StartPromotion':
      return startPromotion(state, context)
    case 'ExpirePromotion':
      if (state.expiredBy !== undefined) return accept()
      return accept({
        type: 'PromotionExpired',
        data: { code: state.terms.code, reason: command.reason },
      })
  }
}

type Command<Type extends PromotionCommand['type']> = CommandOf<PromotionCommand, Type>

function decideUnknown(
  command: Exclude<PromotionCommand, Command<'CreatePromotion'>>,
  context: DecisionContext,
): Decision<never> {
  if (command.type === 'ApplyPromotion') return notEligible(context.id, ['unknown_code'])
  return refuse('promotion_not_found', `There is no promotion ${context.id}.`)
}

function activatePromotion(state: Promotion, context: DecisionContext): Decision<PromotionEvent> {
  const { code } = state.terms
  if (promotionStatus(state, context.now) === 'expired')
    return refuse('promotion_expired', `The promotion ${code} has ended.`)
  return state.draft ? accept({ type: 'PromotionActivated', data: { code } }) : accept()
}

/** By the timer: a promotion that is a draft again, has ended or started meanwhile has no start to tell. */
function startPromotion(state: Promotion, context: DecisionContext): Decision<PromotionEvent> {
  const status = promotionStatus(state, context.now)
  if (state.started || status === 'draft' || status === 'scheduled' || status === 'expired') return accept()
  return accept({ type: 'PromotionStarted', data: { code: state.terms.code } })
}

function applyPromotion(
  command: Command<'ApplyPromotion'>,
  state: Promotion,
  context: DecisionContext,
): Decision<PromotionEvent> {
  const { orderId, facts } = command
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
