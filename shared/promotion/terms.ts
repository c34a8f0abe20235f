import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { givenMoneySchema, moneySchema } from '../core/money/money.ts'
import type { RefusalEntry } from '../core/refusal.ts'

export const promotionClasses = ['product', 'order', 'shipping'] as const
export const promotionClassSchema = z.enum(promotionClasses)
export type PromotionClass = z.infer<typeof promotionClassSchema>

export const tiers = ['bronze', 'silver', 'gold', 'platinum'] as const
export const tierSchema = z.enum(tiers)
export type Tier = z.infer<typeof tierSchema>

export const segments = ['new', 'active', 'loyal', 'vip', 'at_risk', 'lapsed'] as const
export const segmentSchema = z.enum(segments)
export type Segment = z.infer<typeof segmentSchema>

/** Paid units, and units that are then free; missing `sku`: all products of the promotion. */
const bundleSchema = z.strictObject({
  buy: z.int().min(1).max(100),
  get: z.int().min(1).max(100),
  sku: skuSchema.optional(),
})
export type Bundle = z.infer<typeof bundleSchema>

/** The schema of an amount: as it is stored, or as a request may give it. */
type MoneySchema = typeof moneySchema | typeof givenMoneySchema

/** A threshold and its discount. */
const spendTierOf = (money: MoneySchema) => z.strictObject({ from: money, off: money })
export type SpendTier = z.infer<ReturnType<typeof spendTierOf>>

/**
 * The benefit of a promotion. `percent` may have two decimals. `buy_x_get_y`: of every `buy + get` units the
 * `get` cheapest are free. `tiered`: only the highest tier that is reached counts.
 */
const promotionBenefitOf = (money: MoneySchema) =>
  z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('percentage'),
      value: z.strictObject({ percent: z.number().gt(0).max(100).multipleOf(0.01) }),
    }),
    z.strictObject({ kind: z.literal('fixed'), value: z.strictObject({ amount: money }) }),
    z.strictObject({ kind: z.literal('free_shipping'), value: z.strictObject({}) }),
    z.strictObject({ kind: z.literal('buy_x_get_y'), value: bundleSchema }),
    z.strictObject({
      kind: z.literal('tiered'),
      value: z.strictObject({ tiers: z.array(spendTierOf(money)).min(1).max(20) }),
    }),
  ])
export const promotionBenefitSchema = promotionBenefitOf(moneySchema)
/** The benefits that a new promotion may have. */
export const givenPromotionBenefitSchema = promotionBenefitOf(givenMoneySchema)
export type PromotionBenefit = z.infer<typeof promotionBenefitSchema>

/** The conditions of a promotion; every one that is present has to hold. */
const conditionsOf = (money: MoneySchema) =>
  z.strictObject({
    minimumSpend: money.optional(),
    firstOrderOnly: z.boolean().optional(),
    segments: z.array(segmentSchema).min(1).optional(),
    tiers: z.array(tierSchema).min(1).optional(),
    skus: z.array(skuSchema).min(1).max(100).optional(),
  })
export const conditionsSchema = conditionsOf(moneySchema)
/** The conditions that a new promotion may have. */
export const givenConditionsSchema = conditionsOf(givenMoneySchema)
export type Conditions = z.infer<typeof conditionsSchema>

/** The terms of a promotion that an order needs for its price, fixed when it is quoted. */
export const promotionTermsSchema = z.object({
  code: z.string(),
  /** The benefit; stored under this name since the first release. */
  gift: promotionBenefitSchema,
  class: promotionClassSchema,
  combinesWith: z.array(promotionClassSchema),
  exclusive: z.boolean(),
  /** Among equals the higher goes first. */
  priority: z.int(),
  /** For class `product`: the SKUs it applies to; missing: all. */
  skus: z.array(skuSchema).optional(),
})
export type PromotionTerms = z.infer<typeof promotionTermsSchema>

/** Why a promotion does not apply. */
export const eligibilityReasons = [
  'unknown_code',
  'not_started',
  'expired',
  'exhausted',
  'per_customer_limit',
  'minimum_spend',
  'first_order_only',
  'wrong_segment',
  'wrong_tier',
  'no_matching_product',
  'wrong_currency',
  /** It would give no discount: a claimed use would be wasted. */
  'worth_nothing',
  /** Other promotions of the order take precedence (`promotionStackingPolicy`). */
  'not_combinable',
] as const
export const eligibilityReasonSchema = z.enum(eligibilityReasons)
export type EligibilityReason = z.infer<typeof eligibilityReasonSchema>

/** The facts about basket and buyer for the eligibility, gathered from the objects that own them. */
export const eligibilityFactsSchema = z.object({
  customerId: z.string().optional(),
  currency: z.string(),
  lines: z.array(z.object({ sku: skuSchema, quantity: z.int().min(1), unitPrice: z.int().min(0) })),
  /** The shipping price (minor units of `currency`); missing while the destination is not known. */
  shippingPrice: z.int().min(0).optional(),
  customer: z.object({ tier: tierSchema, segment: segmentSchema, firstOrder: z.boolean() }).optional(),
})
export type EligibilityFacts = z.infer<typeof eligibilityFactsSchema>

/** The maximum number of codes on one cart or order. */
export const maximumPromotionCodes = 10

/** The refusal with facts `{reasons}` in every context that accepts a code. */
export const promotionNotEligible = {
  kind: 'conflict',
  title: 'The promotion does not apply.',
  remedy: 'The reasons say what is missing; change the basket, use another code, or leave the code out.',
} as const satisfies RefusalEntry
