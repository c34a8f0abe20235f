import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressWithoutPerson } from '../core/address/address.ts'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import { HOUR, plus } from '../core/time.ts'
import { delivery } from './aggregate.ts'
import type { DeliveryCommand } from './commands.ts'
import { address } from './delivery.fixture.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'
import { shippingQuote } from './quote.ts'
import { withoutPersonalData } from './redact.ts'
import type { Delivery } from './state.ts'

const id = 'dlv_01939a2e-0000-7000-8000-000000000001'
const quote = shippingQuote({
  address,
  weightGrams: 500,
  currency: 'USD',
  shop: { base: 'USD', rates: {} },
  now: NOW,
})
if (!quote) throw new Error('the sandbox carriers serve the United States')
const schedule: DeliveryCommand = {
  type: 'ScheduleDelivery',
  orderId: 'ord_1',
  customerId: 'cus_1',
  address,
  weightGrams: 500,
  quote,
}

const start: DeliveryCommand = { type: 'StartDelivery', trackingNumber: 'T-1' }

const text = fc.constantFrom('one', 'two')
const commands: fc.Arbitrary<DeliveryCommand> = fc.oneof(
  fc.constantFrom(schedule, { ...schedule, orderId: 'ord_2' }),
  fc.constantFrom<DeliveryCommand>(
    { type: 'StartDelivery' },
    { type: 'StartDelivery', trackingNumber: 'T-1' },
    { type: 'CompleteDelivery' },
    { type: 'CancelDelivery', reason: 'order cancelled' },
    { type: 'RecordBooking', revision: 1, outcome: { ok: true, value: { trackingNumber: 'T-0' } } },
    {
      type: 'RecordBooking',
      revision: 2,
      outcome: { ok: false, refusal: { code: 'full', detail: 'Full.' } },
    },
    { type: 'ChangeAddress', address: { ...address, line1: '2 Side St' }, quote },
    { type: 'ChangeAddress', address, quote },
    { type: 'StartReturn' },
    { type: 'StartReturn', place: 'one' },
    { type: 'ErasePersonalData' },
  ),
  fc
    .record({
      place: text,
      note: fc.option(text, { nil: undefined }),
      newsId: fc.option(text, { nil: undefined }),
    })
    .map((seen): DeliveryCommand => ({ type: 'TrackDelivery', ...seen })),
  fc.record({ reason: text, hours: fc.nat(200) }).map(
    ({ reason, hours }): DeliveryCommand => ({
      type: 'DelayDelivery',
      reason,
      newDate: plus(NOW, hours * HOUR),
    }),
  ),
  text.map((reason): DeliveryCommand => ({ type: 'FailAttempt', reason })),
  fc
    .constantFrom('customer', 'timer', 'operator')
    .map((by): DeliveryCommand => ({ type: 'ConfirmDelivery', by })),
)

/** Which statuses may follow which. */
const next: Readonly<Record<Delivery['status'], readonly Delivery['status'][]>> = {
  scheduled: ['scheduled', 'started', 'cancelled'],
  started: ['started', 'completed', 'failed'],
  completed: ['completed', 'confirmed'],
  confirmed: ['confirmed'],
  failed: ['failed', 'returning'],
  returning: ['returning'],
  cancelled: ['cancelled'],
}

/** What may happen more than once in the same words, so that a repetition is a new fact. */
const repeatable: readonly DeliveryCommand['type'][] = ['FailAttempt']

describe('a delivery, whatever commands it receives', () => {
  it('goes from status to status as it may, and keeps a state that its schema accepts', () => {
    walk(({ before, events, after }) => {
      for (const event of events) delivery.event.parse(event)
      if (!after) return
      expect(delivery.state.parse(after)).toEqual(after)
      if (before) expect(next[before.status]).toContain(after.status)
      else expect(after.status).toBe('scheduled')
    })
  })

  it('takes the same command again without another event', () => {
    walk(({ command, events, after, now }) => {
      if (events.length === 0 || repeatable.includes(command.type)) return
      expect(delivery.decide(command, after, specificationContext({ id, now }))).toEqual({ events: [] })
    })
  })

  it('has nothing of the person left once that was erased, whatever comes after', () => {
    walk(({ after, events }) => {
      if (!after?.personalDataErased) return
      expect(after.address).toEqual(addressWithoutPerson(address))
      expect(JSON.stringify(after)).not.toContain('note')
      for (const event of events) expect(withoutPersonalData(event)).toEqual(event)
    })
  })

  it('answers a refusal without an event and an event without a refusal', () => {
    walk(({ refused, events }) => {
      expect(refused && events.length > 0).toBe(false)
    })
  })

  it('is started, ended and confirmed once at most, and fails at the last attempt only', () => {
    fc.assert(
      fc.property(stories(), (story) => {
        const events: DeliveryEvent[] = play(story).flatMap((step) => [...step.events])
        const count = (type: DeliveryEvent['type']) => events.filter((event) => event.type === type).length
        for (const type of [
          'DeliveryScheduled',
          'DeliveryStarted',
          'DeliveryConfirmed',
          'DeliveryReturnStarted',
          'DeliveryPersonalDataErased',
        ] as const)
          expect(count(type)).toBeLessThanOrEqual(1)
        const endings = count('DeliveryCompleted') + count('DeliveryFailed') + count('DeliveryCancelled')
        expect(endings).toBeLessThanOrEqual(1)
        expect(count('DeliveryAttemptFailed')).toBeLessThanOrEqual(DELIVERY.maxAttempts)
        expect(count('DeliveryFailed')).toBe(count('DeliveryAttemptFailed') === DELIVERY.maxAttempts ? 1 : 0)
      }),
    )
  })
})

interface Step {
  readonly command: DeliveryCommand
  readonly now: string
  readonly before: Delivery | null
  readonly events: readonly DeliveryEvent[]
  readonly refused: boolean
  readonly after: Delivery | null
}

/** Commands with the hours that pass before each; most stories begin with a delivery on its way. */
function stories() {
  const said = (command: DeliveryCommand) => ({ command, hours: 0 })
  const beginning = fc.constantFrom(
    [],
    [said(schedule)],
    [said(schedule), said(start)],
    [said(schedule), said(start), said({ type: 'CompleteDelivery' })],
    [said(schedule), said(start), ...[1, 2, 3].map(() => said({ type: 'FailAttempt', reason: 'one' }))],
  )
  const middle = fc.array(fc.record({ command: commands, hours: fc.nat(48) }), { maxLength: 20 })
  return fc.tuple(beginning, middle).map(([first, rest]) => [...first, ...rest])
}

function play(story: readonly { command: DeliveryCommand; hours: number }[]): readonly Step[] {
  let now = NOW
  let state: Delivery | null = null
  const steps: Step[] = []
  for (const { command, hours } of story) {
    now = plus(now, hours * HOUR)
    const before: Delivery | null = state
    const decision = delivery.decide(command, before, specificationContext({ id, now }))
    for (const event of decision.events) state = delivery.evolve(state, event, now)
    steps.push({
      command,
      now,
      before,
      events: decision.events,
      refused: decision.refusal !== undefined,
      after: state,
    })
  }
  return steps
}

function walk(check: (step: Step) => void) {
  fc.assert(fc.property(stories(), (story) => play(story).forEach(check)))
}
