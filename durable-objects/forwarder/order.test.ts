import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import { SECOND } from '../../shared/core/time.ts'
import type { PublishedEvent } from '../../shared/core/wire/queue-message.ts'
import { eventIn } from '../../shared/core/wire/wire.fixture.ts'
import type { EventSink } from '../../shared/ports/event-sink.ts'
import { eventually, fireAlarm, pass, stopTime } from '../aggregate/object-lifetimes.fixture.ts'
import { forwarderLives, productOf, range } from './object.fixture.ts'
import type { ForwarderObject } from './object.ts'
import { busy } from './recording-sink.fixture.ts'

const SKUS = ['P-1', 'P-2', 'P-3']
const EVENTS = 12

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

/** What the outside world has and does, through all lives of a forwarder. */
class World {
  readonly taken: CloudEvent[] = []
  /** Events that were taken by a sink whose forwarder died before it was told. */
  readonly untold = new Set<string>()
  /** How many events were taken, and their forwarder was told. */
  answered = 0
  /** How many more events are taken. */
  takes = Number.POSITIVE_INFINITY
  /** A sink that takes a batch, and whose answer is never heard; called when it has. */
  onSilence: (() => void) | null = null
  #lives = 0

  /** The sink hears nothing more of the present life of the forwarder. */
  endLife(): void {
    this.#lives += 1
  }

  /** The sink as the present life of the forwarder has it. */
  sink(): EventSink {
    const life = this.#lives
    return {
      name: 'world',
      limits: { events: 4, bytes: 1_000_000 },
      deliver: async (events) => {
        if (life !== this.#lives) return new Promise(() => {})
        const taken = events.slice(0, this.takes)
        this.takes -= taken.length
        this.taken.push(...taken.map(eventIn))
        if (!this.onSilence) {
          this.answered += taken.length
          return events.map((_, index) => (index < taken.length ? { delivered: true } : busy))
        }
        for (const { id } of taken) this.untold.add(id)
        this.onSilence()
        return new Promise(() => {})
      },
    }
  }
}

const picks = fc.array(
  fc.record({ sku: fc.nat(SKUS.length - 1), version: fc.integer({ min: 1, max: EVENTS }) }),
  {
    minLength: 1,
    maxLength: 10,
  },
)
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('forward' as const), picks }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fault' as const), takes: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mend' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('ring' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('eviction' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), picks }) },
)

it('whatever happens, a sink sees each aggregate as 1, 2, 3, …, and repeats only after a crash', async () => {
  const logs = await Promise.all(SKUS.map((sku) => productOf(sku, EVENTS)))
  const message = ({ sku, version }: { sku: number; version: number }): PublishedEvent =>
    logs[sku]?.[version - 1] ?? expect.fail()
  let shard = 5_000
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      shard += 1
      const world = new World()
      /** The newest version of each product that a forwarder recorded. */
      const promised = SKUS.map(() => 0)
      const left = [...steps, { kind: 'end' as const }]
      while (left.length > 0) {
        const { live } = forwarderLives(shard, world.sink())
        /** Ends the life once it has written down whatever the sink has answered. */
        const end = (object: ForwarderObject) => {
          world.endLife()
          return eventually(async () =>
            expect((await object.condition()).total.delivered).toBe(world.answered),
          )
        }
        await live(
          async (object, state) => {
            for (;;) {
              const next = left.shift()
              if (!next || next.kind === 'eviction') return end(object)
              if (next.kind === 'fault') world.takes = next.takes
              if (next.kind === 'mend') world.takes = Number.POSITIVE_INFINITY
              if (next.kind === 'forward') {
                await object.forward(next.picks.map(message))
                for (const { sku, version } of next.picks)
                  promised[sku] = Math.max(promised[sku] ?? 0, version)
              }
              if (next.kind === 'ring') {
                pass(20 * SECOND)
                await fireAlarm(object, state)
              }
              if (next.kind === 'crash') {
                const silence = new Promise<void>((resolve) => {
                  world.onSilence = resolve
                })
                await Promise.race([silence, object.forward(next.picks.map(message))])
                world.onSilence = null
                return end(object)
              }
              if (next.kind !== 'end') continue
              world.takes = Number.POSITIVE_INFINITY
              pass(20 * SECOND)
              while (await fireAlarm(object, state)) pass(20 * SECOND)
              expect(await object.condition()).toMatchObject({ owed: { events: 0, aggregates: 0 } })
            }
          },
          // Who dies says nothing any more, also not after some time.
          { ackTimeoutMs: 1_000 * SECOND },
        )
      }
      for (const [index, sku] of SKUS.entries()) {
        const seen = world.taken.filter(({ subject }) => subject === sku)
        const versions = [...new Set(seen.map(eventVersion))]
        expect(versions).toEqual(range(1, versions.length))
        expect(versions.length).toBeGreaterThanOrEqual(promised[index] ?? 0)
      }
      const ids = world.taken.map(({ id }) => id)
      const repeated = ids.filter((id, index) => ids.indexOf(id) !== index)
      for (const id of repeated) expect(world.untold).toContain(id)
    }),
    { numRuns: 60 },
  )
}, 60_000)
