import type { CommandsOutcome, Effect, StepOutcome } from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { quantityBySku } from '../core/quantity.ts'
import type { Instant } from '../core/time.ts'
import { type InventoryEvent, inventoryEvent } from '../inventory/events.ts'
import { type OrderEvent, type OrderEventOf, shortageSchema } from './events.ts'
import { holdPolicy } from './policies.ts'
import { currentDelivery, inCurrencyOf, isBeforeShipping, netPaid, type Order } from './state.ts'

type RefusedStep = Extract<StepOutcome, { ok: false }>
type Shortage = NonNullable<OrderEventOf<'OrderCancelled'>['data']['shortages']>[number]

/** The confirmation of an order. */
export function confirmed(order: Order, by: 'process' | 'operator'): OrderEventOf<'OrderConfirmed'> {
  const { customerId, pricing } = order
  return { type: 'OrderConfirmed', data: { customerId, total: inCurrencyOf(order, pricing.total), by } }
}

/** The cancellation of an order, with a full refund of what was paid. */
export function cancelled(
  order: Order,
  reason: OrderEventOf<'OrderCancelled'>['data']['reason'],
  detail: string,
  shortages?: Shortage[],
): OrderEventOf<'OrderCancelled'> {
  const paid = netPaid(order)
  return {
    type: 'OrderCancelled',
    data: {
      customerId: order.customerId,
      reason,
      detail,
      ...(shortages && { shortages }),
      ...(paid > 0 && { refund: inCurrencyOf(order, paid) }),
    },
  }
}

/**
 * The event that ends an order before shipping: at once, or once its delivery consents, which may have started. None
 * if the order is ending, has ended or is shipped.
 */
export function ending(
  order: Order,
  reason: OrderEventOf<'OrderCancellationRequested'>['data']['reason'],
  detail: string,
  shortages?: Shortage[],
): OrderEvent[] {
  if (order.cancelling || !isBeforeShipping(order)) return []
  const delivery = order.status === 'confirmed' ? currentDelivery(order) : undefined
  if (!delivery) return [cancelled(order, reason, detail, shortages)]
  return [{ type: 'OrderCancellationRequested', data: { deliveryId: delivery.id, reason, detail } }]
}

/** The start of a payment of the whole total; it extends the hold if necessary. */
export function paymentStarted(
  order: Order,
  start: {
    paymentId: string
    paymentMethod: string
    holdUntil: Instant
    now: Instant
    /** Decisions that precede the one about the hold. */
    decisions?: readonly PolicyDecision[]
  },
): OrderEventOf<'OrderPaymentStarted'> {
  const { paymentId, paymentMethod, holdUntil: heldUntil, now, decisions = [] } = start
  const orderedAt = order.createdAt
  const { holdUntil, extended, rule } = holdPolicy({ orderedAt, until: heldUntil }, now)
  return {
    type: 'OrderPaymentStarted',
    data: {
      paymentId,
      amount: inCurrencyOf(order, order.pricing.total),
      paymentMethod,
      attempt: order.payments.length + 1,
      holdUntil,
      holdExtended: extended,
      decisions: [
        ...decisions,
        {
          policy: 'holdPolicy',
          rules: [rule],
          inputs: { orderedAt, heldUntil },
          outcome: extended ? 'extended' : 'as_it_was',
        },
      ],
    },
  }
}

/** The cancellation of an order whose hold on stock has expired. */
export function stockGone(order: Order, steps: readonly RefusedStep[]): OrderEventOf<'OrderCancelled'> {
  return cancelled(
    order,
    'out_of_stock',
    'The hold on the stock had ended.',
    steps.map((step) => shortageOf(order, step)),
  )
}

/** The shortage of a SKU: as its stock reports it, or the whole quantity of the order. */
export function shortageOf(order: Order, { to, refusal }: RefusedStep): Shortage {
  const wanted = new Map(quantityBySku(order.pricing.lines))
  return (
    shortageSchema.safeParse(refusal.facts).data ?? {
      sku: to.id,
      requested: wanted.get(to.id) ?? 0,
      available: 0,
    }
  )
}

/** The events that stock objects appended for an order, read back from their answers. */
export function inventoryEventsOf(outcome: CommandsOutcome): InventoryEvent[] {
  return outcome.flatMap((step) =>
    step.ok ? step.events.flatMap((event) => inventoryEvent.safeParse(event).data ?? []) : [],
  )
}

/** The steps that were refused. */
export function refusedSteps(outcome: CommandsOutcome): RefusedStep[] {
  return outcome.filter((step) => !step.ok)
}

/** A mail about the order to its customer. */
export function notify(
  state: Order,
  id: string,
  template: Parameters<typeof mail>[0]['template'],
  variables: Record<string, string> = {},
): Effect {
  return mail({ customerId: state.customerId, template, variables: { orderId: id, ...variables } })
}
