import fc from 'fast-check'
import type { Timer } from '../core/effect.ts'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import { DAY, type Instant, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import { type CustomerCommand, customerCommand } from './commands.ts'
import { CUSTOMER_ID, registered, started } from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'
import type { Customer } from './state.ts'

// A customer's history: random commands, each some time after the one before it, with the timers that the
// customer schedules firing in between when they are due.

const usd = (amount: number) => ({ amount, currency: 'USD' })
const amount = fc.integer({ min: 0, max: 900_00 })
const orderId = fc.integer({ min: 1, max: 8 }).map((number) => `o${number}`)

/** The commands of orders, reviews, payments and the checkout to a customer. */
export const command: fc.Arbitrary<CustomerCommand> = fc.oneof(
  fc.record({ type: fc.constant('AccruePoints' as const), orderId, netPaid: amount.map(usd) }),
  fc.record({ type: fc.constant('EarnPoints' as const), orderId, netPaid: amount.map(usd) }),
  fc.record({
    type: fc.constant('EarnBonusPoints' as const),
    reviewId: fc.constantFrom('r1', 'r2', 'r3'),
    orderId,
  }),
  fc.record({
    type: fc.constant('RedeemPoints' as const),
    orderId,
    points: fc.integer({ min: 1, max: 800 }),
    subtotal: amount.map(usd),
  }),
  fc.record({ type: fc.constant('RestorePoints' as const), orderId }),
  fc.record({
    type: fc.constant('ClawBackPoints' as const),
    orderId,
    paid: amount,
    refundedTotal: amount,
  }),
  fc.record({
    type: fc.constant('ClawBackPoints' as const),
    orderId,
    paid: amount,
    refundedTotal: amount,
    revision: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    type: fc.constant('UpdateSpending' as const),
    orderId,
    delta: fc.integer({ min: -900_00, max: 900_00 }),
  }),
  fc.record({
    type: fc.constant('UpdateSpending' as const),
    orderId,
    delta: fc.integer({ min: -900_00, max: -1 }),
    refundedTotal: amount,
  }),
  fc.record({
    type: fc.constant('UpdateSpending' as const),
    orderId,
    delta: fc.integer({ min: -900_00, max: 900_00 }),
    refundedTotal: amount,
    revision: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    type: fc.constant('RecordPaymentAttempt' as const),
    paymentId: fc.integer({ min: 1, max: 8 }).map((number) => `p${number}`),
    orderId,
    amount: amount.map(usd),
  }),
)
type History = readonly { command: CustomerCommand; days: number }[]
/** Commands, each some days after the one before it. */
export const history: fc.Arbitrary<History> = fc.array(
  fc.record({ command, days: fc.integer({ min: 0, max: 200 }) }),
  { maxLength: 40 },
)

/** One command or timer of a history, with its result. */
export interface Step {
  readonly command: CustomerCommand
  readonly before: Customer
  readonly state: Customer
  readonly events: readonly CustomerEvent[]
  readonly now: Instant
  /** The timers that are scheduled after it; a due one fires next. */
  readonly timers: ReadonlyMap<string, Timer>
}

/** Plays a history, from the verified address on; calls `seen` with every step. Returns the final customer. */
export function playHistory(steps: History, seen: (step: Step) => void): Customer {
  let state = customer.evolve(null, started, NOW)
  let now = NOW
  let version = 1
  const timers = new Map<string, Timer>()

  function append(events: readonly CustomerEvent[]): void {
    for (const happened of events) {
      const event = customer.event.parse(JSON.parse(JSON.stringify(happened)))
      state = customer.state.parse(customer.evolve(state, event, now))
      version += 1
      for (const effect of customer.react(event, state, now, CUSTOMER_ID)) {
        if (effect.type === 'timer') timers.set(effect.id, effect)
        if (effect.type === 'cancelTimer') timers.delete(effect.id)
      }
    }
  }
  function run(command: CustomerCommand): void {
    const before = state
    const context = specificationContext({ id: CUSTOMER_ID, now, nextVersion: version + 1 })
    const { events } = customer.decide(command, state, context)
    append(events)
    seen({ command, before, state, events, now, timers })
  }
  function passTo(later: Instant): void {
    for (;;) {
      const due = [...timers.values()].filter(({ at }) => at <= later)
      const [next] = due.sort((a, b) => (a.at < b.at ? -1 : 1))
      if (!next) break
      if (next.at > now) now = next.at
      timers.delete(next.id)
      run(customerCommand.parse(next.command))
    }
    now = later
  }

  append([registered])
  for (const { command, days } of steps) {
    passTo(plus(now, days * DAY))
    run(command)
  }
  return state
}
