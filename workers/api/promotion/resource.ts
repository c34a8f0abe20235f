import { z } from '@hono/zod-openapi'
import {
  type Promotion,
  promotionSchema,
  promotionStatus,
  promotionStatuses,
} from '../../../shared/promotion/state.ts'
import { promotionBenefitSchema, promotionTermsSchema } from '../../../shared/promotion/terms.ts'
import { customerIdOf, hasScope } from '../http/auth/authorization.ts'
import { identityShape, type ResourceKind, timesShape } from '../http/resource.ts'

const { currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId, uses } =
  promotionSchema.shape
const terms = promotionTermsSchema.shape
const [percentage, fixed, freeShipping, bundle, tiered] = promotionBenefitSchema.options

/** The value of free shipping, named: an anonymous object without members is of no use to generated clients. */
export const freeShippingValue = z.strictObject({}).openapi('FreeShippingValue', {
  description: 'Always empty: there is nothing to choose.',
})

/** One schema for each kind of promotion, told apart by `kind`; `prefix` begins the names of their components. */
export function promotionsOfEachKind<Shape extends z.ZodRawShape>(prefix: string, shape: Shape) {
  return z.discriminatedUnion('kind', [
    z.object({ ...shape, ...percentage.shape }).openapi(`${prefix}PercentagePromotion`),
    z.object({ ...shape, ...fixed.shape }).openapi(`${prefix}FixedPromotion`),
    z
      .object({ ...shape, ...freeShipping.shape, value: freeShippingValue })
      .openapi(`${prefix}FreeShippingPromotion`),
    z.object({ ...shape, ...bundle.shape }).openapi(`${prefix}BundlePromotion`),
    z.object({ ...shape, ...tiered.shape }).openapi(`${prefix}TieredPromotion`),
  ])
}

export const promotionResource = promotionsOfEachKind('', {
  ...identityShape,
  code: terms.code,
  status: z.enum(promotionStatuses),
  class: terms.class,
  combinesWith: terms.combinesWith,
  exclusive: terms.exclusive,
  priority: terms.priority,
  ...{ currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions },
  customerId: customerId.describe('Only on a personal promotion.'),
  uses,
  ...timesShape,
}).openapi('Promotion')

export const promotions: ResourceKind<Promotion, z.infer<typeof promotionResource>> = {
  collection: 'promotions',
  kind: 'promotion',
  schema: promotionResource,
  notFoundCode: 'promotion_not_found',
  object: (env, code) => env.PROMOTION.getByName(code),
  render: ({ id, version, state, createdAt, updatedAt }, now) => {
    const { code, gift: benefit, class: promotionClass, combinesWith, exclusive, priority } = state.terms
    const { currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId, uses } = state
    return {
      id,
      version,
      code,
      status: promotionStatus(state, now),
      ...benefit,
      class: promotionClass,
      ...{ combinesWith, exclusive, priority },
      ...{ currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId, uses },
      createdAt,
      updatedAt,
    }
  },
  mayRead: (caller, { state }) =>
    hasScope(caller, 'operator') ||
    (state.customerId !== undefined && state.customerId === customerIdOf(caller)),
  changesWithTime: true,
}
