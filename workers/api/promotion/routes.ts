import { z } from '@hono/zod-openapi'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { addressSchema } from '../../../shared/core/address/address.ts'
import { promotionCodeSchema } from '../../../shared/core/ids.ts'
import { sum } from '../../../shared/core/money/money.ts'
import { shippingQuote, shippingServiceSchema } from '../../../shared/delivery/quote.ts'
import { promotionCommand, toPromotion } from '../../../shared/promotion/commands.ts'
import { promotionListingSchema } from '../../../shared/promotion/listing.ts'
import { promotionStatuses } from '../../../shared/promotion/state.ts'
import {
  eligibilityReasonSchema,
  givenConditionsSchema,
  givenPromotionBenefitSchema,
  promotionClasses,
  promotionClassSchema,
  segmentSchema,
  segments,
  tierSchema,
  tiers,
} from '../../../shared/promotion/terms.ts'
import { lists } from '../../read-models/lists.ts'
import { catalogOf } from '../catalog/facts.ts'
import { customerFactsOf } from '../customer/facts.ts'
import { customerIdOf, hasScope } from '../http/auth/authorization.ts'
import { runCommand } from '../http/commands.ts'
import { type ApiContext, sendJson } from '../http/context.ts'
import { codeParams, customerIdField, linesField, timeField } from '../http/fields.ts'
import { listed, listResponses, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses, jsonResponse, orNull } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { invalidRequest, Problem } from '../http/problems.ts'
import { listQuery, severalOf, timeRanges } from '../http/request/list-query.ts'
import { moneyResource } from '../http/resource.ts'
import { currenciesOf } from '../http/settings.ts'
import { viewRoutes } from '../http/views.ts'
import { eligibilityFacts, eligibilityOf, requireCountable } from './eligibility.ts'
import { freeShippingValue, promotionResource, promotions, promotionsOfEachKind } from './resource.ts'

const [create, apply] = promotionCommand.options
const [percentage, fixed, freeShipping, bundle, tiered] = givenPromotionBenefitSchema.options
const about = {
  tag: promotions.collection,
  who: ['operator'],
  query: commandQuery,
  headers: commandHeaders,
} as const

const terms = {
  ...create.omit({ type: true, gift: true }).shape,
  combinesWith: z.array(promotionClassSchema).max(promotionClasses.length).optional(),
  conditions: givenConditionsSchema
    .extend({
      segments: z.array(segmentSchema).min(1).max(segments.length).optional(),
      tiers: z.array(tierSchema).min(1).max(tiers.length).optional(),
    })
    .optional(),
  startsAt: timeField.optional(),
  endsAt: timeField.optional(),
  customerId: customerIdField.optional().openapi({ description: 'Only this customer may use it.' }),
  draft: z.boolean().optional().openapi({
    description: 'Created as a draft: it cannot be used before `activatePromotion`.',
  }),
}
const percent = z.number().pipe(percentage.shape.value.shape.percent)
const createBody = z
  .discriminatedUnion('kind', [
    percentage
      .extend({
        ...terms,
        value: z.strictObject({
          percent: percent.openapi({
            type: 'number',
            exclusiveMinimum: 0,
            maximum: 100,
            multipleOf: 0.01,
          }),
        }),
      })
      .openapi('CreatePercentagePromotion'),
    fixed.extend(terms).openapi('CreateFixedPromotion'),
    freeShipping
      .extend({ ...terms, value: freeShippingValue.default({}) })
      .openapi('CreateFreeShippingPromotion'),
    bundle.extend(terms).openapi('CreateBundlePromotion'),
    tiered.extend(terms).openapi('CreateTieredPromotion'),
  ])
  .openapi('CreatePromotion')

const basketBody = z.strictObject({ lines: linesField, customerId: customerIdField.optional() })
const applyBody = basketBody.extend({ orderId: apply.shape.orderId, customerId: customerIdField })
const checkBody = basketBody.extend({
  shippingAddress: z
    .strictObject({ country: addressSchema.shape.country, region: addressSchema.shape.region })
    .optional()
    .openapi({ description: 'The destination. Without it a discount on shipping counts as 0.' }),
  shippingService: shippingServiceSchema.optional(),
})
const eligibilityResource = z
  .object({
    eligible: z.boolean(),
    reasons: z.array(eligibilityReasonSchema),
    discount: orNull(moneyResource).openapi({
      description: 'The discount for this basket, without other promotions.',
    }),
  })
  .openapi('Eligibility')

export const promotionRoutes = newApi()

promotionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'createPromotion',
    method: 'post',
    path: '/promotions',
    summary: 'Creates a promotion',
    description:
      '`kind` decides what `value` holds. Without `startsAt` it applies at once, without `endsAt` until it is expired.',
    params: nothing,
    body: createBody,
    responses: commandResponses(promotionResource, { creates: true }),
  }),
  (c) => {
    const body = c.req.valid('json')
    const { kind, value, ...others } = body
    const benefit = givenPromotionBenefitSchema.parse({ kind, value })
    const step = toPromotion(body.code, { type: 'CreatePromotion', gift: benefit, ...others })
    return runCommand(c, promotions, step, { creates: true, namedByBody: true })
  },
)

promotionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'checkPromotionEligibility',
    method: 'post',
    path: '/promotions/{code}/check',
    summary: 'Checks whether a promotion applies to a basket; claims nothing',
    description: 'The answer is that of the moment: a limit may be reached before the order is placed.',
    who: ['customer', 'operator'],
    params: codeParams,
    query: nothing,
    headers: [],
    body: checkBody,
    responses: {
      '200': jsonResponse('The decision, with every reason against it.', eligibilityResource),
    },
  }),
  async (c) => {
    const { code } = c.req.valid('param')
    const { lines, customerId, ...destination } = c.req.valid('json')
    const facts = await basketFacts(c, lines, buyerOf(c, customerId), destination)
    const decision = await eligibilityOf(c, code, `check:${c.get('requestId')}`, facts)
    return sendJson(
      c,
      decision.eligible
        ? { eligible: true, reasons: [], discount: decision.discount }
        : { eligible: false, reasons: decision.reasons, discount: null },
    )
  },
)

promotionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'applyPromotion',
    method: 'post',
    path: '/promotions/{code}/apply',
    summary: 'Claims a use of the promotion for an order, once per order',
    description: 'For orders from elsewhere: an order that is placed here claims its promotions by itself.',
    params: codeParams,
    body: applyBody,
    responses: commandResponses(promotionResource),
  }),
  async (c) => {
    const { code } = c.req.valid('param')
    const { orderId, customerId, lines } = c.req.valid('json')
    const facts = await basketFacts(c, lines, customerId)
    return runCommand(c, promotions, toPromotion(code, { type: 'ApplyPromotion', orderId, facts }))
  },
)

promotionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'activatePromotion',
    method: 'post',
    path: '/promotions/{code}/activate',
    summary: 'Activates a draft: from now on its dates and limits apply',
    description: 'A promotion that is active already does not change.',
    params: codeParams,
    body: nothing,
    responses: commandResponses(promotionResource),
  }),
  (c) => {
    const { code } = c.req.valid('param')
    return runCommand(c, promotions, toPromotion(code, { type: 'ActivatePromotion' }))
  },
)

promotionRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'expirePromotion',
    method: 'post',
    path: '/promotions/{code}/expire',
    summary: 'Ends a promotion now',
    description: 'Orders that have claimed it keep their discount. It cannot be activated again.',
    params: codeParams,
    body: nothing,
    responses: commandResponses(promotionResource),
  }),
  (c) => {
    const { code } = c.req.valid('param')
    return runCommand(c, promotions, toPromotion(code, { type: 'ExpirePromotion', reason: 'operator' }))
  },
)

promotionRoutes.openapi(
  queryRoute({
    ...listed,
    who: ['operator'],
    operationId: 'listPromotions',
    path: '/promotions',
    tag: promotions.collection,
    summary: 'Lists promotions, including personal ones',
    query: listQuery(lists.promotions, promotionListingSchema).extend({
      status: severalOf(promotionStatuses).optional(),
      ...timeRanges,
    }),
    responses: listResponses(
      'ListedPromotion',
      promotionsOfEachKind('Listed', promotionListingSchema.omit({ kind: true, value: true }).shape),
    ),
  }),
  (c) => {
    const query = c.req.valid('query')
    return sendList(c, lists.promotions, query, { status: query.status })
  },
)

promotionRoutes.route(
  '/',
  viewRoutes(promotions, {
    get: 'getPromotion',
    history: 'listPromotionEvents',
    who: ['operator', 'customer'],
    name: { parameter: 'code', schema: promotionCodeSchema },
  }),
)

/** The buyer of the basket: customers check for themselves, operators for any customer or none. */
function buyerOf(c: ApiContext, named: string | undefined): string | undefined {
  const caller = c.get('caller')
  if (hasScope(caller, 'operator')) return named
  const own = customerIdOf(caller) ?? undefined
  if (named !== undefined && named !== own)
    throw new Problem('customer_not_found', `There is no customer ${named}.`)
  return own
}

type Destination = Partial<Pick<z.infer<typeof checkBody>, 'shippingAddress' | 'shippingService'>>

/** @throws Problem `customer_not_found`, `invalid_request` for unknown products, `basket_out_of_range` */
async function basketFacts(
  c: ApiContext,
  lines: readonly { sku: string; quantity: number }[],
  customerId: string | undefined,
  { shippingAddress, shippingService }: Destination = {},
) {
  const [catalog, customer] = await Promise.all([
    catalogOf(
      c,
      lines.map(({ sku }) => sku),
    ),
    customerId === undefined ? null : customerFactsOf(c, customerId),
  ])
  if (customerId !== undefined && !customer)
    throw new Problem('customer_not_found', `There is no customer ${customerId}.`)
  const unknown = lines.flatMap(({ sku }, index) =>
    catalog.get(sku)
      ? []
      : [{ pointer: `/lines/${index}/sku`, code: 'unknown_sku', detail: `There is no product ${sku}.` }],
  )
  if (unknown.length > 0) throw invalidRequest(...unknown)
  const priced = lines.map((line) => ({ ...line, product: catalog.get(line.sku) }))
  const currency = priced[0]?.product?.price.currency ?? ''
  const shipping = shippingAddress
    ? shippingQuote({
        address: shippingAddress,
        weightGrams: sum(priced.map(({ quantity, product }) => quantity * (product?.weightGrams ?? 0))),
        currency,
        shop: currenciesOf(c.env),
        now: clock.now(),
        service: shippingService,
      })
    : null
  const quoted = priced.map((line) => ({ ...line, unitPrice: line.product?.price }))
  const facts = eligibilityFacts(quoted, currency, customer, shipping?.price.amount)
  requireCountable(facts)
  return facts
}
