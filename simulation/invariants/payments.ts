import { sum } from '../../shared/core/money/money.ts'
import { hasEnded, isInvoice, needsPayment, wasCharged } from '../../shared/order/state.ts'
import { isCharged, type Payment } from '../../shared/payment/state.ts'
import { always, atRest, finding, grouped } from './invariant.ts'
import { type Stream, stateOf, streamsOf } from './streams.ts'

export const chargedOnce = always(
  'a charge happens once',
  'The gateway charges each payment at most once, and what a payment records as charged was charged.',
  function* (inspection) {
    const { payment } = streamsOf(inspection)
    const charges = grouped(
      inspection.gateway.charges.filter(({ succeeded }) => succeeded),
      ({ key }) => key,
    )
    for (const [key, charged] of charges)
      if (charged.length > 1)
        yield finding(
          `The gateway has charged the payment ${key} ${charged.length} times, ${charged.map(({ amount }) => amount).join(' and ')}.`,
          `payment/${key}`,
        )
    for (const stream of payment.values()) {
      const state = stateOf(stream)
      if (!state || !isCharged(state)) continue
      const [charge] = charges.get(stream.id) ?? []
      const { amount, currency } = state.amount
      if (!charge)
        yield finding(`${stream.name} is ${state.status}, but the gateway has not charged it.`, stream.name)
      else if (charge.amount !== amount || charge.currency.toUpperCase() !== currency)
        yield finding(
          `${stream.name} records a charge of ${amount} ${currency}, but the gateway has charged ${charge.amount} ${charge.currency}.`,
          stream.name,
        )
    }
  },
)

export const refundCeiling = always(
  'refunds never exceed their charge',
  "The refunds of a payment, pending ones included, are never more than was charged; so it is in the gateway's own book.",
  function* (inspection) {
    const { payment } = streamsOf(inspection)
    const { charges, refunds } = inspection.gateway
    for (const [key, refunded] of grouped(refunds, ({ chargeKey }) => chargeKey)) {
      const given = sum(refunded.filter(({ succeeded }) => succeeded).map(({ amount }) => amount))
      const taken = sum(
        charges.filter((charge) => charge.key === key && charge.succeeded).map(({ amount }) => amount),
      )
      if (given > taken)
        yield finding(
          `The gateway has refunded ${given} of the payment ${key}, which was charged ${taken}.`,
          `payment/${key}`,
        )
      const repeated = [
        ...grouped(
          refunded.filter(({ succeeded }) => succeeded),
          (refund) => refund.key,
        ),
      ]
      for (const [refundKey, same] of repeated)
        if (same.length > 1)
          yield finding(
            `The gateway has made the refund ${refundKey} ${same.length} times.`,
            `payment/${key}`,
          )
    }
    for (const { name, entries } of payment.values())
      for (const { version, event, state } of entries) {
        if (event.type !== 'PaymentRefundRequested' || !isCharged(state)) continue
        // One that began at the gateway may be reported before the failure of the one that it replaced.
        const standing = sum(
          state.refunds
            .filter(({ status, source }) => status !== 'failed' && source === undefined)
            .map(({ amount }) => amount),
        )
        if (standing > state.amount.amount)
          yield finding(
            `${name} was charged ${state.amount.amount}, but at version ${version} its refunds come to ${standing}.`,
            name,
          )
      }
  },
)

export const bookedPayments = atRest(
  "the gateway's book equals the payments",
  'Every charge and every refund of the gateway is recorded by its payment, and no payment waits for an outcome, unless its effect is parked and waits for an operator.',
  function* (inspection) {
    const { payment } = streamsOf(inspection)
    for (const { key, amount, currency, succeeded } of inspection.gateway.charges) {
      const stream = payment.get(key)
      if (!succeeded || (stream && waitsForOperator(stream))) continue
      const state = stateOf(stream ?? { entries: [] })
      if (!state || !isCharged(state))
        yield finding(
          `The gateway has charged ${amount} ${currency} for the payment ${key}, which is ${state?.status ?? 'unknown'}.`,
          `payment/${key}`,
        )
    }
    const refunds = grouped(
      inspection.gateway.refunds.filter(({ succeeded }) => succeeded),
      ({ chargeKey }) => chargeKey,
    )
    for (const stream of payment.values()) {
      const state = stateOf(stream)
      if (!state || waitsForOperator(stream)) continue
      if (state.status === 'requested')
        yield finding(`${stream.name} still waits for the outcome of its charge.`, stream.name)
      const inBook = sum((refunds.get(stream.id) ?? []).map(({ amount }) => amount))
      const recorded = sum(refundsOf(state, 'succeeded'))
      if (inBook !== recorded)
        yield finding(
          `The gateway has refunded ${inBook} of ${stream.name}, which records ${recorded} as refunded.`,
          stream.name,
        )
      if (refundsOf(state, 'pending').length > 0)
        yield finding(`${stream.name} still waits for the outcome of a refund.`, stream.name)
    }
  },
)

export const paidOrders = atRest(
  'an order that stands is paid, one that ended is refunded',
  'A confirmed order was charged its total once; a cancelled or returned one keeps no money, unless a refund failed for good and says so.',
  function* (inspection) {
    const { order, payment } = streamsOf(inspection)
    for (const stream of order.values()) {
      const state = stateOf(stream)
      if (!state) continue
      const { status, pricing, payments } = state
      const about = [stream.name, ...payments.map(({ id }) => `payment/${id}`)]
      for (const one of payments) {
        const other = stateOf(payment.get(one.id) ?? { entries: [] })
        const isTaken = other !== null && isCharged(other)
        if (isTaken !== wasCharged(one))
          yield finding(
            `${stream.name} has the payment ${one.id} as ${one.status}, which is ${other?.status ?? 'unknown'} itself.`,
            ...about,
          )
        if (!isTaken) continue
        const refunded = Math.min(sum(refundsOf(other, 'succeeded', true)), other.amount.amount)
        if (refunded !== one.refunded)
          yield finding(
            `${stream.name} has ${one.refunded} of the payment ${one.id} as refunded, the payment itself ${refunded}.`,
            ...about,
          )
        const isPending = one.retryAt !== undefined && Date.parse(one.retryAt) > inspection.now
        if (hasEnded(state) && one.refunded < one.amount && !one.abandoned && !one.disputed && !isPending)
          yield finding(
            `${stream.name} is ${status} and keeps ${one.amount - one.refunded} of ${one.amount} of the payment ${one.id}.`,
            ...about,
          )
      }
      const kept = payments.filter((one) => one.status === 'processed')
      const isConfirmed = ['confirmed', 'shipped', 'delivered', 'completed'].includes(status)
      if (!isConfirmed) continue
      const paid = sum(kept.map(({ amount }) => amount))
      const isFree = !needsPayment(state) || (isInvoice(state) && state.paymentStatus === 'invoiced')
      const due = isFree ? 0 : pricing.total
      if (paid !== due)
        yield finding(
          `${stream.name} is ${status} with a total of ${pricing.total} ${pricing.currency}, and ${paid} was charged for it.`,
          ...about,
        )
    }
  },
)

/** Amounts of the refunds of a payment; losses of disputes are no refunds of the gateway's book. */
function refundsOf(state: Payment, status: 'succeeded' | 'pending', disputes = false): number[] {
  if (!isCharged(state)) return []
  return state.refunds
    .filter((refund) => refund.status === status && (disputes || refund.source !== 'dispute'))
    .map(({ amount }) => amount)
}

/** Whether a call to the gateway gave up; operators know of it, which another invariant checks. */
function waitsForOperator({ failedEffects }: Pick<Stream, 'failedEffects'>): boolean {
  return failedEffects.some(({ parked, effect }) => parked && effect.type === 'call')
}
