import type { CommandOf } from '../core/aggregate.ts'
import type { Currency, Money } from '../core/money/money.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { PromotionCommand } from './commands.ts'
import { noUses } from './customer-uses.ts'
import type { PromotionEvent } from './events.ts'
import { refuse } from './refusals.ts'
import type { Promotion, PromotionFeature } from './state.ts'
import type { PromotionBenefit, PromotionClass, SpendTier } from './terms.ts'

/** The creation of a promotion, checked for contradictions. */
export const creation = {
  creation: {
    evolve: {
      PromotionCreated: (_, { draft = false, ...data }) => ({
        ...data,
        draft,
        started: false,
        uses: 0,
        customerUses: noUses,
        claimed: [],
        confirmed: [],
      }),
    },
    decide: { CreatePromotion: createPromotion },
  },
} satisfies PromotionFeature

type CreatePromotion = CommandOf<PromotionCommand, 'CreatePromotion'>

/** A contradiction: a JSON Pointer (RFC 6901) into the request, a code, a sentence. */
interface Contradiction {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

/** Creates a promotion. Refuses with `promotion_exists` or, naming all contradictions, `promotion_invalid`. */
function createPromotion(command: CreatePromotion, state: Promotion | null): Decision<PromotionEvent> {
  if (state) return refuse('promotion_exists', `There is a promotion ${state.terms.code} already.`)
  const { code, gift: benefit, startsAt, endsAt, usageLimit, customerId, draft } = command
  const conditions = command.conditions ?? {}
  // A customer has one first order; before its delivery only the use of the code identifies it.
  const perCustomerLimit = command.perCustomerLimit ?? (conditions.firstOrderOnly ? 1 : undefined)
  const promotionClass = command.class ?? usualClass(benefit, conditions.skus)
  const currency = command.currency ?? amountsOf(command)[0]?.amount.currency
  const errors = contradictions(command, promotionClass, currency)
  if (errors.length > 0)
    return refuse('promotion_invalid', errors.map(({ detail }) => detail).join(' '), { errors })
  return accept({
    type: 'PromotionCreated',
    data: {
      terms: {
        code,
        gift: benefit,
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
      ...(draft && { draft }),
    },
  })
}

/** The default class of a promotion. */
function usualClass(benefit: PromotionBenefit, skus: readonly string[] | undefined): PromotionClass {
  switch (benefit.kind) {
    case 'percentage':
    case 'fixed':
      return skus ? 'product' : 'order'
    case 'free_shipping':
      return 'shipping'
    case 'buy_x_get_y':
      return 'product'
    case 'tiered':
      return 'order'
  }
}

/** Every amount of a promotion, with its pointer into the request. */
function amountsOf({ gift: benefit, conditions }: CreatePromotion): { pointer: string; amount: Money }[] {
  const { minimumSpend } = conditions ?? {}
  return [
    ...benefitAmounts(benefit),
    ...(minimumSpend ? [{ pointer: '/conditions/minimumSpend', amount: minimumSpend }] : []),
  ]
}

function benefitAmounts(benefit: PromotionBenefit): { pointer: string; amount: Money }[] {
  switch (benefit.kind) {
    case 'fixed':
      return [{ pointer: '/value/amount', amount: benefit.value.amount }]
    case 'tiered':
      return benefit.value.tiers.flatMap(({ from, off }, index) => [
        { pointer: `/value/tiers/${index}/from`, amount: from },
        { pointer: `/value/tiers/${index}/off`, amount: off },
      ])
    case 'percentage':
    case 'free_shipping':
    case 'buy_x_get_y':
      return []
  }
}

function contradictions(
  command: CreatePromotion,
  promotionClass: PromotionClass,
  currency: Currency | undefined,
): Contradiction[] {
  const { gift: benefit, startsAt, endsAt } = command
  const found: Contradiction[] = []
  const add = (pointer: string, code: string, detail: string) => found.push({ pointer, code, detail })
  if (startsAt !== undefined && endsAt !== undefined && endsAt <= startsAt)
    add('/endsAt', 'ends_before_start', 'A promotion ends after it starts.')
  for (const { pointer, amount } of amountsOf(command))
    if (amount.currency !== currency)
      add(pointer, 'mixed_currencies', 'All amounts of a promotion are in one currency.')
  for (const { pointer, amount } of benefitAmounts(benefit))
    if (amount.amount === 0) add(pointer, 'amount_is_zero', 'An amount of a promotion is above zero.')
  if (!canBe(promotionClass, benefit))
    add(
      '/class',
      'class_not_possible',
      `A promotion of kind ${benefit.kind} cannot be of class ${promotionClass}.`,
    )
  if (benefit.kind === 'tiered') found.push(...tierContradictions(benefit.value.tiers))
  if (benefit.kind === 'buy_x_get_y' && benefit.value.sku !== undefined)
    if (!(command.conditions?.skus ?? [benefit.value.sku]).includes(benefit.value.sku))
      add(
        '/value/sku',
        'sku_not_in_conditions',
        'What is bought and given is among the SKUs of the conditions.',
      )
  return found
}

/** Shipping has only a price: it can be reduced, but has no units and no spend to count. */
function canBe(promotionClass: PromotionClass, { kind }: PromotionBenefit): boolean {
  switch (kind) {
    case 'percentage':
    case 'fixed':
      return true
    case 'free_shipping':
      return promotionClass === 'shipping'
    case 'buy_x_get_y':
    case 'tiered':
      return promotionClass !== 'shipping'
  }
}

function tierContradictions(tiers: readonly SpendTier[]): Contradiction[] {
  return tiers.flatMap(({ from, off }, index) => {
    const below = tiers[index - 1]
    const found: Contradiction[] = []
    if (below && (from.amount <= below.from.amount || off.amount <= below.off.amount))
      found.push({
        pointer: `/value/tiers/${index}`,
        code: 'tiers_do_not_rise',
        detail: 'Each tier asks for more and takes more off than the one before it.',
      })
    if (off.amount > from.amount)
      found.push({
        pointer: `/value/tiers/${index}/off`,
        code: 'off_above_from',
        detail: 'No tier takes off more than it asks for.',
      })
    return found
  })
}
