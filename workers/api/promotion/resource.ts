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

export const promotionResource = z
  .object({
    ...identityShape,
    code: terms.code,
    status: z.enum(promotionStatuses),
    kind: z.enum([
      percentage.shape.kind.value,
      fixed.shape.kind.value,
      freeShipping.shape.kind.value,
      bundle.shape.kind.value,
      tiered.shape.kind.value,
    ]),
    value: z.union([
      percentage.shape.value,
      fixed.shape.value,
      bundle.shape.value,
      tiered.shape.value,
      freeShipping.shape.value,
    ]),
    class: terms.class,
    combinesWith: terms.combinesWith,
    exclusive: terms.exclusive,
    priority: terms.priority,
    ...{ currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions },
    customerId: customerId.describe('Only on a personal promotion.'),
    uses,
    ...timesShape,
  })
  .openapi('Promotion')

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
