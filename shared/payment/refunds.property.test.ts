import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import type { RefundResult } from '../ports/payment-gateway.ts'
import { payment } from './aggregate.ts'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent, RefundedLine } from './events.ts'
import { charged as chargedEvents, spec, usd } from './payment.fixture.ts'
import { chargedPayment, type Payment, refundable, refundedTotal } from './state.ts'

/** What `payment.fixture.ts` charges (minor units), and orders that come to it. */
const CHARGED = 5_000
const basis = fc
  .record({
    cups: fc.record({ quantity: fc.integer({ min: 1, max: 12 }), total: fc.integer({ min: 0, max: 2_000 }) }),
    jugs: fc.record({ quantity: fc.integer({ min: 1, max: 5 }), total: fc.integer({ min: 0, max: 9 }) }),
    shipping: fc.integer({ min: 0, max: 500 }),
  })
  .map(({ cups, jugs, shipping }) => ({
    lines: [
      { sku: 'cup', ...cups },
      { sku: 'jug', ...jugs },
      { sku: 'pot', quantity: 7, total: CHARGED - cups.total - jugs.total - shipping },
    ],
    shipping,
  }))
type Basis = typeof basis extends fc.Arbitrary<infer Value> ? Value : never

const refundId = fc.integer({ min: 0, max: 15 }).map((number) => `refund-${number}`)
const line = fc.record({
  sku: fc.constantFrom('cup', 'jug', 'pot'),
  quantity: fc.integer({ min: 1, max: 4 }),
})
const result = fc.constantFrom<RefundResult>(
  { status: 'succeeded', gatewayRefundId: 're_1' },
  { status: 'failed', code: 'charge_exceeded', detail: 'No.' },
)

function asks(basis: Basis): fc.Arbitrary<PaymentCommand> {
  const reason = fc.constant('any')
  const type = fc.constant('RefundPayment' as const)
  return fc.oneof(
    fc.record({ type, refundId, reason, amount: fc.integer({ min: 1, max: CHARGED + 200 }) }),
    fc.record({ type, refundId, reason }),
    {
      weight: 4,
      arbitrary: fc.record({
        ...{ type, refundId, reason, shipping: fc.boolean(), basis: fc.constant(basis) },
        lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      }),
    },
    fc.record({ type, refundId, reason, shipping: fc.constant(true), basis: fc.constant(basis) }),
    fc.record({ type: fc.constant('RefundRemainder' as const), refundId, reason }),
  )
}

type RefundOutcome = Extract<PaymentCommand, { type: 'RecordRefund' }>['outcome']
const outcome: fc.Arbitrary<RefundOutcome> = fc.oneof(
  fc.constant<RefundOutcome>({ ok: false, refusal: { code: 'rejected', detail: 'No.' } }),
  result.map((value): RefundOutcome => ({ ok: true, value })),
)
const tells: fc.Arbitrary<PaymentCommand> = fc.oneof(
  fc.record({ type: fc.constant('RecordRefund' as const), refundId, outcome }),
  fc.record({ type: fc.constant('RecordGatewayRefund' as const), refundId, result }),
)
const disputes: fc.Arbitrary<PaymentCommand> = fc.constant({
  type: 'RecordDispute',
  disputeId: 'dp_1',
  reason: 'fraudulent',
  amount: usd(CHARGED),
})

const lives = basis.chain((basis) =>
  fc.record({
    basis: fc.constant(basis),
    commands: fc.array(
      fc.oneof(
        { weight: 12, arbitrary: asks(basis) },
        { weight: 10, arbitrary: tells },
        { weight: 1, arbitrary: disputes },
      ),
      { maxLength: 60 },
    ),
  }),
)

interface Entry {
  readonly amount: number
  readonly lines: readonly RefundedLine[]
  readonly shipping: number | undefined
}

/** What left the till according to the events alone, without the payment's own sums. */
function books() {
  const standing = new Map<string, Entry>()
  const given = new Set<string>()
  const sumOf = (ids: Iterable<string>) =>
    [...ids].reduce((total, id) => total + (standing.get(id)?.amount ?? 0), 0)
  return {
    standing,
    out: () => sumOf(standing.keys()),
    givenTotal: () => sumOf(given),
    /** Units and amount that were given back of a product. */
    of(sku: string) {
      const lines = [...standing.values()].flatMap((entry) => entry.lines).filter((line) => line.sku === sku)
      return {
        units: lines.reduce((total, line) => total + line.quantity, 0),
        amount: lines.reduce((total, line) => total + line.amount, 0),
      }
    },
    enter(event: PaymentEvent) {
      if (event.type === 'PaymentRefundRequested') {
        const { refundId, amount, lines = [], shipping } = event.data
        expect(standing.has(refundId)).toBe(false)
        standing.set(refundId, { amount: amount.amount, lines, shipping })
      }
      if (event.type === 'RefundFailed') {
        expect(standing.delete(event.data.refundId)).toBe(true)
        given.delete(event.data.refundId)
      }
      if (event.type === 'PaymentRefunded') {
        expect(standing.has(event.data.refundId) && !given.has(event.data.refundId)).toBe(true)
        given.add(event.data.refundId)
        expect(event.data.refundedTotal.amount).toBe(sumOf(given))
        expect(event.data.full).toBe(sumOf(given) === CHARGED)
      }
    },
  }
}

function charged(): Payment {
  const { state } = spec.given(...chargedEvents)
  if (!state) throw new Error('a charged payment exists')
  return state
}

it('never refunds more than was charged, nor a product or the shipping costs, whatever is requested and reported in whatever order', () => {
  fc.assert(
    fc.property(lives, ({ basis, commands }) => {
      let state = charged()
      const kept = books()
      for (const command of commands) {
        const decision = payment.decide(payment.command.parse(command), state, specificationContext())
        for (const event of decision.events) {
          state = payment.state.parse(payment.evolve(state, payment.event.parse(event), NOW))
          kept.enter(event)
        }
        expect(kept.out()).toBeLessThanOrEqual(CHARGED)
        expect(refundable(chargedPayment(state))).toBe(CHARGED - kept.out())
        expect(refundedTotal(chargedPayment(state))).toBe(kept.givenTotal())
        for (const { sku, quantity, total } of basis.lines) {
          const { units, amount } = kept.of(sku)
          expect(units).toBeLessThanOrEqual(quantity)
          expect(amount).toBeLessThanOrEqual(total)
          if (units === quantity) expect(amount).toBe(total)
        }
        const shipped = [...kept.standing.values()].filter((entry) => entry.shipping !== undefined)
        expect(shipped.length).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 300 },
  )
})

it('comes to the charge, to the cent, when every unit and the shipping costs are refunded in any steps', () => {
  const steps = basis.chain((basis) =>
    fc.record({
      basis: fc.constant(basis),
      // More quantities than units: what passes them is refused.
      quantities: fc.array(line, { maxLength: 40 }),
      outcomes: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    }),
  )
  fc.assert(
    fc.property(steps, ({ basis, quantities, outcomes }) => {
      let state = charged()
      const kept = books()
      function run(command: PaymentCommand): void {
        const decision = payment.decide(payment.command.parse(command), state, specificationContext())
        for (const event of decision.events) {
          state = payment.evolve(state, event, NOW)
          kept.enter(event)
        }
      }
      const ask = (index: number, lines: readonly { sku: string; quantity: number }[], shipping = false) =>
        run({
          ...({ type: 'RefundPayment', refundId: `r${index}`, reason: 'any', shipping, basis } as const),
          ...(lines.length > 0 && { lines: [...lines] }),
        })
      for (const [index, quantity] of quantities.entries()) {
        ask(index, [quantity])
        if (outcomes[index] && kept.standing.has(`r${index}`))
          run({
            type: 'RecordGatewayRefund',
            refundId: `r${index}`,
            result: { status: 'failed', code: 'refund_failed', detail: 'No.' },
          })
      }
      const rest = basis.lines
        .map(({ sku, quantity }) => ({ sku, quantity: quantity - kept.of(sku).units }))
        .filter(({ quantity }) => quantity > 0)
      ask(1_000, rest, true)
      // Where the rest comes to nothing it is refused, and nothing is missing.
      expect(kept.out()).toBe(CHARGED)
      expect(refundable(chargedPayment(state))).toBe(0)
    }),
    { numRuns: 200 },
  )
})
