import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { PromotionCommand } from './commands.ts'
import { promotionDiscount } from './discount.ts'
import type { PromotionEvent } from './events.ts'
import { promotionEligibilityPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Promotion } from './state.ts'
import type { EligibilityReason, PromotionClass, PromotionGift } from './terms.ts'

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
    case 'ExpirePromotion':
      if (state.expiredBy !== undefined) return accept()
      return accept({
        type: 'PromotionExpired',
        data: { code: state.terms.code, reason: command.reason },
      })
  }
}

type CommandOf<Type extends PromotionCommand['type']> = Extract<PromotionCommand, { type: Type }>

function decideUnknown(
  command: Exclude<PromotionCommand, CommandOf<'CreatePromotion'>>,
  context: DecisionContext,
): Decision<never> {
  if (command.type === 'ApplyPromotion') return notEligible(context.id, ['unknown_code'])
  // What was never claimed is given back already.
  if (command.type === 'ReleasePromotion') return accept()
  return refuse('promotion_not_found', `There is no promotion ${context.id}.`)
}

function createPromotion(
  command: CommandOf<'CreatePromotion'>,
  state: Promotion | null,
): Decision<PromotionEvent> {
  if (state) return refuse('promotion_exists', `There is a promotion ${state.terms.code} already.`)
  const { code, gift, startsAt, endsAt, usageLimit, perCustomerLimit, customerId } = command
  const conditions = command.conditions ?? {}
  const promotionClass = command.class ?? usualClass(gift, conditions.skus)
  const amounts = [fixedAmount(gift), conditions.minimumSpend].filter((amount) => amount !== undefined)
  const currency = command.currency ?? amounts[0]?.currency

  if (startsAt !== undefined && endsAt !== undefined && endsAt <= startsAt)
    return refuse('promotion_invalid', 'A promotion ends after it starts.')
  if (amounts.some((amount) => amount.currency !== currency))
    return refuse('promotion_invalid', 'All amounts of a promotion are in one currency.')
  if (fixedAmount(gift)?.amount === 0) return refuse('promotion_invalid', 'A fixed amount is above zero.')

  return accept({
    type: 'PromotionCreated',
    data: {
      terms: {
        code,
        gift,
        class: promotionClass,
        combinesWith: [...new Set(command.combinesWith)],
        exclusive: command.exclusive ?? false,
        priority: command.priority ?? 0,
        ...(promotionClass === 'product' && conditions.skus && { skus: conditions.skus }),
      },
      currency,
      startsAt,
      endsAt,
      usageLimit,
      perCustomerLimit,
      conditions,
      customerId,
    },
  })
}

function applyPromotion(
  command: CommandOf<'ApplyPromotion'>,
  state: Promotion,
  context: DecisionContext,
): Decision<PromotionEvent> {
  const { orderId, facts } = command
  if (useOf(state, orderId)) return accept()
  const { terms, usageLimit } = state
  const { eligible, reasons } = promotionEligibilityPolicy(state, facts, context.now)
  if (!eligible) return notEligible(terms.code, reasons)

  const lines = facts.lines.map(({ sku, quantity, unitPrice }) => ({
    sku,
    quantity,
    remaining: quantity * unitPrice,
  }))
  const { amount } = promotionDiscount(terms, lines, facts.currency)
  const uses = state.uses + 1
  const applied: PromotionEvent = {
    type: 'PromotionApplied',
    data: {
      code: terms.code,
      orderId,
      customerId: facts.customerId,
      terms,
      discount: { amount, currency: facts.currency },
      uses,
      usageLimit,
    },
  }
  if (uses !== usageLimit) return accept(applied)
  return accept<PromotionEvent>(applied, { type: 'PromotionExhausted', data: { code: terms.code, uses } })
}

function confirmUse(command: CommandOf<'ConfirmPromotionUse'>, state: Promotion): Decision<PromotionEvent> {
  const claim = state.claimed.find((use) => use.orderId === command.orderId)
  if (!claim) return accept()
  const { orderId, customerId } = claim
  return accept({ type: 'PromotionUseConfirmed', data: { code: state.terms.code, orderId, customerId } })
}

function releasePromotion(
  command: CommandOf<'ReleasePromotion'>,
  state: Promotion,
): Decision<PromotionEvent> {
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

/** The class of a promotion that does not name one. */
function usualClass(gift: PromotionGift, skus: readonly string[] | undefined): PromotionClass {
  switch (gift.kind) {
    case 'percentage':
    case 'fixed':
      return skus ? 'product' : 'order'
  }
}

function fixedAmount(gift: PromotionGift) {
  switch (gift.kind) {
    case 'percentage':
      return undefined
    case 'fixed':
      return gift.value.amount
  }
}
