import { describe, expect, it } from 'vitest'
import type { CommandStep, Effect } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { orderCommand } from '../order/commands.ts'
import { parcelSchema } from '../ports/carrier/carrier.ts'
import { delivery } from './aggregate.ts'
import { type DeliveryCommand, deliveryCommand } from './commands.ts'
import { address } from './delivery.fixture.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'
import { shippingQuote } from './quote.ts'

const id = 'dlv_01939a2e-0000-7000-8000-000000000001'
const spec = specification(delivery, { id })
const quote = shippingQuote({
  address,
  weightGrams: 500,
  currency: 'USD',
  shop: { base: 'USD', rates: {} },
  now: NOW,
})
if (!quote) throw new Error('the sandbox carriers serve the United States')

const commands = {
  schedule: {
    type: 'ScheduleDelivery',
    orderId: 'ord_1',
    customerId: 'cus_1',
    address,
    weightGrams: 500,
    quote,
  },
  booked: { type: 'RecordBooking', revision: 1, outcome: { ok: true, value: { trackingNumber: 'TRACK-1' } } },
  unbooked: {
    type: 'RecordBooking',
    revision: 1,
    outcome: { ok: false, refusal: { code: 'x', detail: 'X.' } },
  },
  move: { type: 'ChangeAddress', address: { ...address, line1: '2 Side St' }, quote },
  goBack: { type: 'StartReturn', place: 'Chicago' },
  erase: { type: 'ErasePersonalData' },
  start: { type: 'StartDelivery', trackingNumber: 'TRACK-1' },
  track: { type: 'TrackDelivery', place: 'Chicago' },
  delay: { type: 'DelayDelivery', reason: 'snow', newDate: '2026-03-20T12:00:00.000Z' },
  fail: { type: 'FailAttempt', reason: 'nobody home' },
  complete: { type: 'CompleteDelivery' },
  confirm: { type: 'ConfirmDelivery', by: 'customer' },
  cancel: { type: 'CancelDelivery', reason: 'order cancelled' },
} as const satisfies Record<string, DeliveryCommand>

/** What the last of these commands, given one after another, causes. */
function effectsOf(...names: readonly (keyof typeof commands)[]): readonly Effect[] {
  const history: DeliveryEvent[] = []
  let last: readonly Effect[] = []
  for (const name of names) {
    const { decision, effects } = spec.given(...history).when(commands[name])
    history.push(...decision.events)
    last = effects
  }
  return last
}

/** The one effect by which the order is told. */
function toldOrder(progress: object) {
  const command = orderCommand.parse({ type: 'RecordDelivery', deliveryId: id, progress })
  const steps: CommandStep[] = [{ to: { kind: 'order', id: 'ord_1' }, command }]
  return { type: 'commands', steps, stopAtRefusal: true }
}

describe('reports to the order', () => {
  it('nothing while the delivery is being booked', () => {
    expect(effectsOf('schedule', 'booked')).toEqual([])
    expect(effectsOf('schedule', 'unbooked')).toEqual([])
  })
  it('that the parcel goes elsewhere', () => {
    const command = orderCommand.parse({
      type: 'RecordAddressChanged',
      deliveryId: id,
      address: { ...address, line1: '2 Side St' },
    })
    const [told] = effectsOf('schedule', 'booked', 'move')
    expect(told).toEqual({
      type: 'commands',
      steps: [{ to: { kind: 'order', id: 'ord_1' }, command }],
      stopAtRefusal: true,
    })
  })
  it('nothing of the way back, nor of what is erased', () => {
    expect(effectsOf('schedule', 'start', 'fail', 'fail', 'fail', 'goBack')).toEqual([])
    expect(effectsOf('schedule', 'start', 'complete', 'erase')).toEqual([])
  })
  it('nothing of scans, delays and single attempts', () => {
    expect(effectsOf('schedule', 'start', 'track')).toEqual([])
    expect(effectsOf('schedule', 'start', 'delay')).toEqual([])
    expect(effectsOf('schedule', 'start', 'fail')).toEqual([])
  })
  it('that the parcel left, with its tracking number', () => {
    expect(effectsOf('schedule', 'start')).toEqual([
      toldOrder({ status: 'started', trackingNumber: 'TRACK-1' }),
    ])
  })
  it('that it arrived, which also sets the timer for the confirmation', () => {
    expect(effectsOf('schedule', 'start', 'complete')).toEqual([
      toldOrder({ status: 'completed' }),
      {
        type: 'timer',
        id: 'confirm',
        at: '2026-03-02T12:00:00.000Z',
        command: { type: 'ConfirmDelivery', by: 'timer' },
      },
    ])
  })
  it('that it was confirmed, which also removes the timer', () => {
    expect(effectsOf('schedule', 'start', 'complete', 'confirm')).toEqual([
      toldOrder({ status: 'confirmed' }),
      { type: 'cancelTimer', id: 'confirm' },
    ])
  })
  it('that it failed permanently', () => {
    expect(effectsOf('schedule', 'start', 'fail', 'fail', 'fail')).toEqual([
      toldOrder({ status: 'failed', reason: 'nobody home' }),
    ])
  })
  it('that it was called off', () => {
    expect(effectsOf('schedule', 'cancel')).toEqual([
      toldOrder({ status: 'cancelled', reason: 'order cancelled' }),
    ])
  })
})

describe('what the carrier is asked', () => {
  function booking(revision: number, line1: string) {
    const input = parcelSchema.parse({
      deliveryId: id,
      revision,
      carrier: 'sandbox_post',
      service: 'standard',
      address: { ...address, line1 },
      weightGrams: 500,
    })
    return {
      type: 'call',
      port: 'carrier',
      operation: 'book',
      input,
      reply: { type: 'RecordBooking', revision },
    }
  }

  it('to take the parcel into its books', () => {
    expect(effectsOf('schedule')).toEqual([booking(1, '1 Main St')])
  })
  it('to do so anew for another address', () => {
    expect(effectsOf('schedule', 'booked', 'move')).toContainEqual(booking(2, '2 Side St'))
  })
  it('and its answer comes back as a command that the delivery takes', () => {
    const reply = {
      type: 'RecordBooking',
      revision: 1,
      outcome: { ok: true, value: { trackingNumber: 'T' } },
    }
    expect(deliveryCommand.safeParse(reply).success).toBe(true)
  })
})

describe('the aggregate', () => {
  it('lists a failed delivery among the error events', () => {
    expect(delivery).toMatchObject({ kind: 'delivery', context: 'delivery', errorEvents: ['DeliveryFailed'] })
  })
  it('gives its timer a command that it accepts itself', () => {
    const timer = effectsOf('schedule', 'start', 'complete').find((effect) => effect.type === 'timer')
    expect(deliveryCommand.safeParse(timer?.command).success).toBe(true)
    expect(DELIVERY.confirmAfterMs).toBe(86_400_000)
  })
})
