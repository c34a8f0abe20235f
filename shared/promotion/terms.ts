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

/** So many units that are paid, and so many that are then free; missing `sku`: of all products it is on. */
export const bundleSchema = z.strictObject({
  buy: z.int().min(1).max(100),
  get: z.int().min(1).max(100),
  sku: skuSchema.optional(),
})
export type Bundle = z.infer<typeof bundleSchema>

/** The schema of an amount: as it is stored, or as a request may give it. */
type MoneySchema = typeof moneySchema | typeof givenMoneySchema

/** From how much on how much is off. */
const spendTierOf = (money: MoneySchema) => z.strictObject({ from: money, off: money })
export type SpendTier = z.infer<ReturnType<typeof spendTierOf>>

/**
 * What a promotion gives. `percent` may have two decimals. `buy_x_get_y`: of every `buy + get` units the
 * `get` cheapest are free. `tiered`: the highest tier that is reached counts, and no other.
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
/** What a promotion may be created to give. */
export const givenPromotionBenefitSchema = promotionBenefitOf(givenMoneySchema)
export type PromotionBenefit = z.infer<typeof promotionBenefitSchema>

/** Who and what a promotion is for; every condition that is present has to hold. */
const conditionsOf = (money: MoneySchema) =>
  z.strictObject({
    minimumSpend: money.optional(),
    firstOrderOnly: z.boolean().optional(),
    segments: z.array(segmentSchema).min(1).optional(),
    tiers: z.array(tierSchema).min(1).optional(),
    skus: z.array(skuSchema).min(1).max(100).optional(),
  })
export const conditionsSchema = conditionsOf(moneySchema)
/** Conditions that a promotion may be created with. */
export const givenConditionsSchema = conditionsOf(givenMoneySchema)
export type Conditions = z.infer<typeof conditionsSchema>

/** All of a promotion that an order needs to price itself with it, fixed when it is quoted. */
export const promotionTermsSchema = z.object({
  code: z.string(),
  /** What it gives; stored under this name since the first release. */
  gift: promotionBenefitSchema,
  class: promotionClassSchema,
  combinesWith: z.array(promotionClassSchema),
  exclusive: z.boolean(),
  /** Higher goes first among equals. */
  priority: z.int(),
  /** For class `product`: which SKUs it is on; missing: all. */
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
  /** It would take nothing off: a claimed use would be a use lost. */
  'worth_nothing',
  /** It loses against other promotions of the same order (`promotionStackingPolicy`). */
  'not_combinable',
] as const
export const eligibilityReasonSchema = z.enum(eligibilityReasons)
export type EligibilityReason = z.infer<typeof eligibilityReasonSchema>

/** The basket and the buyer that eligibility is decided on, gathered from the objects that own the facts. */
export const eligibilityFactsSchema = z.object({
  customerId: z.string().optional(),
  currency: z.string(),
  lines: z.array(z.object({ sku: skuSchema, quantity: z.int().min(1), unitPrice: z.int().min(0) })),
  /** What shipping costs (minor units of `currency`); missing while the destination is not known. */
  shippingPrice: z.int().min(0).optional(),
  customer: z.object({ tier: tierSchema, segment: segmentSchema, firstOrder: z.boolean() }).optional(),
})
export type EligibilityFacts = z.infer<typeof eligibilityFactsSchema>

/** How many codes one cart or order may carry. */
export const maximumPromotionCodes = 10

/** The refusal with facts `{reasons}` of every context in which a code may be given. */
export const promotionNotEligible = {
  kind: 'conflict',
  title: 'The promotion does not apply.',
  remedy: 'The reasons say what is missing; change the basket, use another code, or leave the code out.',
} as const satisfies RefusalEntry
