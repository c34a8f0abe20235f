import type { CommandOf, DecisionContext } from '../../core/aggregate.ts'
import {
  type CommandStep,
  type CommandsOutcome,
  type Effect,
  schedule,
  sendAllOrNone,
  sendEach,
} from '../../core/effect.ts'
import { moneyText } from '../../core/money/money.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { quantityBySku } from '../../core/quantity.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import { earlier, type Instant, plus } from '../../core/time.ts'
import { toInventory } from '../../inventory/commands.ts'
import { toPromotion } from '../../promotion/commands.ts'
import type { OrderCommand } from '../commands.ts'
import { withDecisions } from '../decisions.ts'
import type { OrderEvent } from '../events.ts'
import {
  cancelled,
  confirmed,
  ending,
  inventoryEventsOf,
  notify,
  paymentStarted,
  refusedSteps,
  shortageOf,
  stockGone,
} from '../facts.ts'
import { orderRules } from '../policies.ts'
import { hasEnded, inCurrencyOf, needsPayment, type Order, type OrderFeature } from '../state.ts'

/**
 * The stock of an order: held for all of its lines or for none before any payment starts, committed once it is
 * confirmed, released when it ends.
 */
export const stock = {
  evolve: {
    OrderStockHeld: (state, { reservations, holdUntil, decisions }) => {
      const held = { ...state, reservations, decisions: withDecisions(state.decisions, decisions) }
      if (hasEnded(state)) return held
      const status = needsPayment(state) && !state.paymentMethod ? 'awaiting_payment' : state.status
      return { ...held, holdUntil, status }
    },
    OrderStockCommitted: (state) => ({ ...state, stockCommitted: true }),
    OrderStockReleased: (state, { sku }) => ({
      ...state,
      reservations: state.reservations.filter((reservation) => reservation.sku !== sku),
    }),
  },
  decide: {
    RecordReservations: recordReservations,
    RecordStockCommitted: recordStockCommitted,
    RecordReservationReleased: recordReservationReleased,
  },
  react: {
    OrderStockHeld: ({ holdUntil }, state, { id }) =>
      hasEnded(state) ? [release(state, id, 'order_ended')] : [endHoldAt(holdUntil)],
    OrderStockCommitted: (_, state, { id }) => [
      ...confirmPromotions(state, id),
      notify(state, id, 'order_confirmed', { total: moneyText(inCurrencyOf(state, state.pricing.total)) }),
    ],
  },
} satisfies OrderFeature

/** The timer that ends an unpaid order. */
export const HOLD = 'hold'

/** The result of the holds on stock: all succeeded, or the order ends with its shortages. */
function recordReservations(
  command: CommandOf<OrderCommand, 'RecordReservations'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  // The hold is requested once, so known reservations come from the same answer.
  if (state.reservations.length > 0) return accept()
  const reservations = reservationsOf(command.outcome, state)
  const holdUntil = holdEnd(command.outcome, context.now)
  const decisions = allocationDecisions(command.outcome)
  const stockHeld: OrderEvent = { type: 'OrderStockHeld', data: { reservations, holdUntil, decisions } }
  if (hasEnded(state)) return reservations.length === 0 ? accept() : accept(stockHeld)
  const shortages = refusedSteps(command.outcome).map((step) => shortageOf(state, step))
  if (shortages.length > 0) {
    const detail = shortages
      .map((s) => `${s.sku}: ${s.requested} wanted, ${s.available} available`)
      .join('; ')
    const ended = cancelled(state, 'out_of_stock', detail, shortages)
    return reservations.length === 0 ? accept(ended) : accept<OrderEvent>(stockHeld, ended)
  }
  if (!needsPayment(state)) return accept<OrderEvent>(stockHeld, confirmed(state, 'process'))
  const { paymentMethod } = state
  if (!paymentMethod) return accept(stockHeld)
  const paymentId = context.newId('pay')
  return accept<OrderEvent>(
    stockHeld,
    paymentStarted(state, {
      paymentId,
      paymentMethod,
      holdUntil,
      now: context.now,
    }),
  )
}

type Reservations = Extract<OrderEvent, { type: 'OrderStockHeld' }>['data']['reservations']

/** The reservations of the order. Of a hold that existed before, only the quantity is available. */
function reservationsOf(outcome: CommandsOutcome, state: Order): Reservations {
  const wanted = new Map(quantityBySku(state.pricing.lines))
  return outcome
    .filter((step) => step.ok)
    .map((step) => {
      const made = inventoryEventsOf([step]).find((event) => event.type === 'InventoryReserved')
      if (!made) return { sku: step.to.id, quantity: wanted.get(step.to.id) ?? 1, allocations: [] }
      const { sku, quantity, allocations } = made.data
      return { sku, quantity, allocations }
    })
}

/** The allocation decision of each SKU, as its stock reports it; none for a hold that existed before. */
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

/** When the order's hold ends (UTC): with the earliest hold of its stock. */
function holdEnd(outcome: CommandsOutcome, now: Instant): Instant {
  return inventoryEventsOf(outcome)
    .flatMap((event) => (event.type === 'InventoryReserved' ? [event.data.expiresAt] : []))
    .reduce(earlier, plus(now, orderRules.holdMs))
}

/** The result of the commit: the stock is sold and a delivery is requested, or the stock is gone. */
function recordStockCommitted(
  command: CommandOf<OrderCommand, 'RecordStockCommitted'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state) || state.stockCommitted) return accept()
  const lost = refusedSteps(command.outcome)
  if (lost.length > 0) return accept(stockGone(state, lost))
  return accept<OrderEvent>(
    { type: 'OrderStockCommitted', data: { skus: command.outcome.map((step) => step.to.id) } },
    {
      type: 'OrderDeliveryRequested',
      data: { deliveryId: context.newId('dlv'), service: state.shippingQuote.service },
    },
  )
}

/**
 * Stock of the order was released from outside. The order ends before it is charged, or is refunded: stock that is
 * not held cannot be sold. A shipped order continues, and does not restock these units when it returns.
 */
function recordReservationReleased(
  { sku, quantity, available }: CommandOf<OrderCommand, 'RecordReservationReleased'>,
  state: Order,
): Decision<OrderEvent> {
  const isHeld = state.reservations.some((reservation) => reservation.sku === sku)
  // The answer about the hold may be outstanding: the rest of the stock is released when it arrives.
  const isAwaited =
    state.status === 'pending' &&
    state.reservations.length === 0 &&
    state.pricing.lines.some((line) => line.sku === sku)
  if (!isHeld && !isAwaited) return accept()
  const ended = ending(state, 'out_of_stock', 'The stock was released by an operator.', [
    { sku, requested: quantity, available },
  ])
  if (!isHeld) return accept(...ended)
  return accept<OrderEvent>({ type: 'OrderStockReleased', data: { sku, quantity } }, ...ended)
}

/** Holds on the stock: summed per SKU, in sorted order, all or nothing. */
export function reserve(state: Order, at: Instant, id: string): Effect {
  return sendAllOrNone(
    quantityBySku(state.pricing.lines).map(([sku, quantity]) =>
      toInventory(sku, {
        type: 'ReserveInventory',
        orderId: id,
        quantity,
        expiresAt: plus(at, orderRules.holdMs),
        grace: orderRules.stockGraceMs,
        shipTo: destination(state),
      }),
    ),
    { type: 'RecordReservations' },
  )
}

function destination({ shippingAddress: { country, region } }: Order) {
  return { country, ...(region !== undefined && { region }) }
}

/** Schedules the end of the order, unless it is confirmed. */
export function endHoldAt(holdUntil: Instant): Effect {
  return schedule(HOLD, holdUntil, { type: 'EndHold' })
}

/** Extends the hold on the stock until `expiresAt` (UTC). */
export function extendHold(holdUntil: Instant, state: Order, id: string): CommandStep[] {
  return state.reservations.map(({ sku }) =>
    toInventory(sku, { type: 'ExtendReservation', orderId: id, expiresAt: holdUntil }),
  )
}

/** Commits the held stock at each location. */
export function commitStock(state: Order, id: string): Effect {
  return sendEach(
    state.reservations.map(({ sku }) => toInventory(sku, { type: 'CommitReservation', orderId: id })),
    { type: 'RecordStockCommitted' },
  )
}

function confirmPromotions(state: Order, id: string): Effect[] {
  const steps = state.terms.map(({ code }) => toPromotion(code, { type: 'ConfirmPromotionUse', orderId: id }))
  return steps.length === 0 ? [] : [sendEach(steps)]
}

/** Releases held stock, or restocks committed stock. */
export function release(state: Order, id: string, reason: string): Effect {
  return sendEach(
    state.reservations.map(({ sku, allocations }) =>
      toInventory(sku, {
        type: 'ReleaseReservation',
        orderId: id,
        reason,
        ...(state.stockCommitted && { restock: allocations }),
      }),
    ),
  )
}
