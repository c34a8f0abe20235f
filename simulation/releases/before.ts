import type { Patch } from './patch.ts'

const ORDER_EVENTS = 'shared/order/events.ts'
const ORDER_STOCK = 'shared/order/checkout/stock.ts'
const ORDER_UPCAST = 'shared/order/upcast.ts'
const CART = 'shared/cart/cart.ts'
const CART_EVENTS = 'shared/cart/events.ts'
const CART_MERGE = 'shared/cart/merge.ts'
const CART_UPCAST = 'shared/cart/upcast.ts'
const CLOUD_EVENT = 'shared/core/cloud-event.ts'

/**
 * The release before this one, as a change of today's source. It stores two events in an older form, as the first
 * release did:
 *
 * - `order.OrderStockHeld` version 1, which each order stores that gets its stock: the rule by which a SKU was
 *   allocated stands beside its reservation, where version 2 has the decision of `allocationPolicy`
 * - `cart.CartUpdated` version 1, without decisions
 *
 * Each is read by its own object only, and folds to the same state as today's form: refusals and views are those of
 * today, so both releases can run beside each other and call each other. An event that was published in its older form
 * names its older schema. It publishes each event in a message of its own, a JSON value without a listing, with a number as
 * `sequence` and without an origin; it reads today's form too. And its payments refuse a request that brings the facts of
 * their screening: they ask for them themselves.
 *
 * A rolling deployment hands objects over in one direction: one that has run under the new release is never started
 * under the old one again, which could not read the newer form.
 */
export const releaseBefore: readonly Patch[] = [
  {
    file: ORDER_EVENTS,
    find: `      reservations: z.array(orderReservationSchema),
      holdUntil: instantSchema,
      /** \`allocationPolicy\`, once for each SKU. */
      ...decisionsField,
`,
    replace: `      /** \`rule\`: of \`allocationPolicy\`. */
      reservations: z.array(orderReservationSchema.extend({ rule: z.string() })),
      holdUntil: instantSchema,
`,
  },
  {
    file: ORDER_STOCK,
    find: `    OrderStockHeld: (state, { reservations, holdUntil, decisions }) => {
`,
    replace: `    OrderStockHeld: (state, { reservations: allocated, holdUntil }) => {
      const reservations = allocated.map(({ rule: _, ...reservation }) => reservation)
      const decisions = allocated.map(({ sku, quantity, rule }) => ({
        policy: 'allocationPolicy',
        rules: [rule],
        inputs: { sku, quantity },
        outcome: rule,
      }))
`,
  },
  {
    file: ORDER_STOCK,
    find: `  const decisions = allocationDecisions(command.outcome)
  const stockHeld: OrderEvent = { type: 'OrderStockHeld', data: { reservations, holdUntil, decisions } }
`,
    replace: `  const stockHeld: OrderEvent = { type: 'OrderStockHeld', data: { reservations, holdUntil } }
`,
  },
  {
    file: ORDER_STOCK,
    find: `      if (!made) return { sku: step.to.id, quantity: wanted.get(step.to.id) ?? 1, allocations: [] }
      const { sku, quantity, allocations } = made.data
      return { sku, quantity, allocations }
`,
    replace: `      if (!made)
        return {
          sku: step.to.id,
          quantity: wanted.get(step.to.id) ?? 1,
          allocations: [],
          rule: 'held_before',
        }
      const { sku, quantity, allocations } = made.data
      return { sku, quantity, allocations, rule: allocationRuleOf(made.data) }
`,
  },
  {
    file: ORDER_STOCK,
    find: `/** The allocation decision of each SKU, as its stock reports it; none for a hold that existed before. */
function allocationDecisions(outcome: CommandsOutcome): PolicyDecision[] {
  return inventoryEventsOf(outcome).flatMap((event) =>
    event.type === 'InventoryReserved'
      ? event.data.decisions.map((decision) => ({
          ...decision,
          inputs: { ...decision.inputs, sku: event.data.sku },
        }))
      : [],
  )
}

`,
    replace: '',
  },
  {
    file: ORDER_STOCK,
    find: `import type { PolicyDecision } from '../../core/policy-decision.ts'
`,
    replace: '',
  },
  {
    file: ORDER_STOCK,
    find: `import { toInventory } from '../../inventory/commands.ts'
`,
    replace: `import { toInventory } from '../../inventory/commands.ts'
import { allocationRuleOf } from '../../inventory/events.ts'
`,
  },
  {
    file: ORDER_UPCAST,
    find: `  OrderStockHeld: [explainReservations],
`,
    replace: '',
  },
  {
    file: ORDER_UPCAST,
    find: `/** Version 2: the rule by which each reservation was allocated is a decision. */
const explainReservations: Upcaster = (data) => {
  const held = heldBefore.parse(data)
  return {
    ...held,
    reservations: held.reservations.map(({ rule: _, ...reservation }) => reservation),
    decisions: held.reservations.map(({ sku, quantity, rule }) => ({
      policy: 'allocationPolicy',
      rules: [rule],
      inputs: { sku, quantity },
      outcome: rule,
    })),
  }
}

`,
    replace: '',
  },
  {
    file: ORDER_UPCAST,
    find: `const heldBefore = z.looseObject({
  reservations: z.array(z.looseObject({ sku: z.string(), quantity: z.int(), rule: z.string() })),
})
`,
    replace: '',
  },
  {
    file: CART_EVENTS,
    find: `      droppedCodes: z.array(z.object({ code: z.string(), rule: z.enum(['promotion_limit']) })).optional(),
      ...decisionsField,
`,
    replace: `      droppedCodes: z.array(z.object({ code: z.string(), rule: z.enum(['promotion_limit']) })).optional(),
`,
  },
  {
    file: CART,
    find: `  return accept({ type: 'CartUpdated', data: { lines, cause, decisions } })
`,
    replace: `  return accept({ type: 'CartUpdated', data: { lines, cause } })
`,
  },
  {
    file: CART,
    find: `  cause: 'quantity_changed' | 'item_removed' | 'repriced',
  ...decisions: PolicyDecision[]
`,
    replace: `  cause: 'quantity_changed' | 'item_removed' | 'repriced',
`,
  },
  {
    file: CART,
    find: `import type { PolicyDecision } from '../core/policy-decision.ts'
`,
    replace: '',
  },
  {
    file: CART,
    find: `  const { unavailable, changes, lines, decision } = priceReviewPolicy(`,
    replace: `  const { unavailable, changes, lines } = priceReviewPolicy(`,
  },
  {
    file: CART,
    find: `      ...updated(lines, 'repriced', decision).events,
`,
    replace: `      ...updated(lines, 'repriced').events,
`,
  },
  {
    file: CART,
    find: `  return renamed ? updated(lines, 'repriced', decision) : accept()
`,
    replace: `  return renamed ? updated(lines, 'repriced') : accept()
`,
  },
  {
    file: CART_MERGE,
    find: `  const { lines, capped, decision } = cartMergePolicy(`,
    replace: `  const { lines, capped } = cartMergePolicy(`,
  },
  {
    file: CART_MERGE,
    find: `      ...(droppedCodes.length > 0 && { droppedCodes }),
      decisions: [decision],
`,
    replace: `      ...(droppedCodes.length > 0 && { droppedCodes }),
`,
  },
  {
    file: CART_UPCAST,
    find: `  CartUpdated: [withoutDecisions],
`,
    replace: '',
  },
  {
    file: 'shared/order/payment/payment.ts',
    find: `    facts: screeningFacts(paymentId, request),
`,
    replace: '',
  },
  {
    file: 'shared/order/payment/payment.ts',
    find: `import { screeningFacts, toPayment } from`,
    replace: `import { toPayment } from`,
  },
  {
    file: 'shared/payment/commands.ts',
    find: `    facts: screeningOutcomeSchema.optional(),
`,
    replace: '',
  },
  {
    file: 'shared/payment/request.ts',
    find: `  const { type: _, facts, ...request } = command
`,
    replace: `  const { type: _, ...request } = command
`,
  },
  {
    file: 'shared/payment/request.ts',
    find: `  if (!facts) return accept({ type: 'PaymentRequested', data: { ...request, decisions } })
  return accept<PaymentEvent>(
    { type: 'PaymentRequested', data: { ...request, screened: true, decisions } },
    screened({ ...request, status: 'requested' }, facts, context),
  )
`,
    replace: `  return accept({ type: 'PaymentRequested', data: { ...request, decisions } })
`,
  },
  {
    file: 'shared/payment/request.ts',
    find: `import { screened } from './screening.ts'
`,
    replace: '',
  },
  {
    file: CLOUD_EVENT,
    find: `    sequence: sequenceOf(version),
`,
    replace: `    sequence: version,
`,
  },
  {
    file: CLOUD_EVENT,
    find: `    source: \`\${origin}/petrel/\${context}\`,
`,
    replace: `    source: \`/petrel/\${context}\`,
`,
  },
  {
    file: CLOUD_EVENT,
    find: `    dataschema: \`\${origin}/schemas/`,
    replace: `    dataschema: \`/schemas/`,
  },
  {
    file: 'durable-objects/aggregate/publisher.ts',
    find: `    for (const batch of sendsOf(messages)) {
      this.#meter.queueSends += 1
      await this.#env.EVENTS.sendBatch(
        batch.map(({ text: body }) => ({ body, contentType: 'text' as const })),
      )
    }
`,
    replace: `    for (const one of missing) {
      this.#meter.queueSends += 1
      const event = JSON.parse(publishedEvent(published, one).text)
      const stream = { kind: aggregate.kind, id, version: one.version, confirmed: cursors.published, shard }
      await this.#env.EVENTS.send({ stream, event }, { contentType: 'json' })
    }
`,
  },
]
