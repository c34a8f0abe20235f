import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NOW, specificationContext } from '../core/specification.ts'
import { payment } from './aggregate.ts'
import type { PaymentCommand } from './commands.ts'
import { chargedPayment, type Payment, refundable, refundedTotal } from './state.ts'

const CHARGED = 1_000
const money = { amount: CHARGED, currency: 'USD' }

const refundId = fc.integer({ min: 0, max: 7 }).map((number) => `refund-${number}`)
const ask: fc.Arbitrary<PaymentCommand> = fc
  .record({ refundId, amount: fc.option(fc.integer({ min: 1, max: CHARGED + 200 }), { nil: undefined }) })
  .map(({ refundId, amount }) => ({ type: 'RefundPayment', refundId, reason: 'any', amount }))
const tell: fc.Arbitrary<PaymentCommand> = fc
  .record({ refundId, answer: fc.constantFrom('given', 'declined', 'refused') })
  .map(({ refundId, answer }) => ({
    type: 'RecordRefund',
    refundId,
    outcome:
      answer === 'given'
        ? { ok: true, value: { status: 'succeeded', gatewayRefundId: `re_${refundId}` } }
        : answer === 'declined'
          ? { ok: true, value: { status: 'failed', code: 'charge_exceeded', detail: 'No.' } }
          : { ok: false, refusal: { code: 'rejected', detail: 'No.' } },
  }))

function charged(): Payment {
  const of = { orderId: 'ord_1', customerId: 'cus_1', amount: money }
  const requested = payment.evolve(
    null,
    { type: 'PaymentRequested', data: { ...of, paymentMethod: 'pm_card_visa', attempt: 1 } },
    NOW,
  )
  return payment.evolve(
    requested,
    { type: 'PaymentProcessed', data: { ...of, gateway: 'sandbox', chargeId: 'ch_1' } },
    NOW,
  )
}

/** What left the till according to the events alone, without the payment's own sums. */
function books() {
  const pending = new Map<string, number>()
  const given = new Map<string, number>()
  const total = (amounts: Map<string, number>) => [...amounts.values()].reduce((a, b) => a + b, 0)
  return { pending, given, out: () => total(pending) + total(given), givenTotal: () => total(given) }
}

it('never gives back more than was charged, whatever is asked for and however the gateway answers', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ask, tell), { maxLength: 60 }), (commands) => {
      let state = charged()
      const { pending, given, out, givenTotal } = books()
      for (const command of commands) {
        const decision = payment.decide(payment.command.parse(command), state, specificationContext())
        for (const event of decision.events) {
          state = payment.state.parse(payment.evolve(state, payment.event.parse(event), NOW))
          if (event.type === 'PaymentRefundRequested') {
            expect(pending.has(event.data.refundId) || given.has(event.data.refundId)).toBe(false)
            pending.set(event.data.refundId, event.data.amount.amount)
          }
          if (event.type === 'RefundFailed') pending.delete(event.data.refundId)
          if (event.type === 'PaymentRefunded') {
            expect(pending.delete(event.data.refundId)).toBe(true)
            given.set(event.data.refundId, event.data.amount.amount)
            expect(event.data.refundedTotal.amount).toBe(givenTotal())
            expect(event.data.full).toBe(givenTotal() === CHARGED)
          }
        }
        expect(out()).toBeLessThanOrEqual(CHARGED)
        expect(refundable(chargedPayment(state))).toBe(CHARGED - out())
        expect(refundable(chargedPayment(state))).toBeGreaterThanOrEqual(0)
        expect(refundedTotal(chargedPayment(state))).toBe(givenTotal())
      }
    }),
    { numRuns: 300 },
  )
})
