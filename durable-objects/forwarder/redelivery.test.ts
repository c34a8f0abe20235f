import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { MINUTE } from '../../shared/core/time.ts'
import { eventIn } from '../../shared/core/wire/wire.fixture.ts'
import { pass, stopTime } from '../aggregate/object-lifetimes.fixture.ts'
import { forwarderLives, productOf, range } from './object.fixture.ts'
import { busy, RecordingSink, tooLarge } from './recording-sink.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const product = (id: string) => ({ kind: 'product', id })

/** A live sink, and one of its own for what is sent once more. */
function twoSinks(shard: number) {
  const [main, beside] = [new RecordingSink(), new RecordingSink()]
  const targets: (string | undefined)[] = []
  const options = {
    open: async (target?: string) => {
      targets.push(target)
      return targets.length === 1 ? main : beside
    },
  }
  const { live } = forwarderLives(shard, main)
  return { main, beside, targets, live: (work: Parameters<typeof live>[0]) => live(work, options) }
}

it('sends delivered events once more, to another place, and leaves the ledger as it is', async () => {
  const { beside, targets, live } = twoSinks(1301)
  const messages = await productOf('X-AGAIN', 5)
  await live(async (object) => {
    await object.forward(messages.slice(0, 4))
    const asked = { stream: product('X-AGAIN'), after: 1, target: 'backfill' }
    expect(await object.redeliver({ ...asked, dryRun: true })).toEqual({ events: 3, refused: 0, next: null })
    expect(beside.offers).toEqual([])
    expect(await object.redeliver({ ...asked, dryRun: false })).toEqual({ events: 3, refused: 0, next: null })
    expect(targets).toEqual([undefined, 'backfill'])
    expect(beside.delivered).toEqual(messages.slice(1, 4).map(({ event }) => eventIn(event)))
    expect(await object.position(product('X-AGAIN'))).toMatchObject({ delivered: 4, owed: 0 })
  })
})

it('goes through a long log page by page', async () => {
  const { beside, live } = twoSinks(1302)
  const messages = await productOf('X-LONG', 520)
  await live(async (object) => {
    await object.forward(messages)
    const asked = { stream: product('X-LONG'), dryRun: false }
    const first = await object.redeliver({ ...asked, after: 0 })
    expect(first).toEqual({ events: 500, refused: 0, next: 500 })
    expect(await object.redeliver({ ...asked, after: 500 })).toEqual({ events: 20, refused: 0, next: null })
    expect(beside.versions('X-LONG')).toEqual(range(1, 520))
  })
})

it('takes only what happened in a span of time', async () => {
  const { live } = twoSinks(1303)
  await productOf('X-TIME', 1)
  pass(MINUTE)
  await productOf('X-TIME', 3)
  const from = new Date().toISOString()
  pass(MINUTE)
  const messages = await productOf('X-TIME', 6)
  const to = new Date().toISOString()
  await live(async (object) => {
    await object.forward(messages)
    const asked = { stream: product('X-TIME'), after: 0, dryRun: true }
    expect(await object.redeliver({ ...asked, from, to })).toMatchObject({ events: 2, next: null })
    expect(await object.redeliver({ ...asked, to })).toMatchObject({ events: 3 })
    expect(await object.redeliver({ ...asked, from: to })).toMatchObject({ events: 3 })
  })
})

it('counts nothing of a page that the sink did not take whole, and says why', async () => {
  const { beside, live } = twoSinks(1304)
  const messages = await productOf('X-FAILS', 3)
  await live(async (object) => {
    await object.forward(messages)
    const asked = { stream: product('X-FAILS'), after: 0, dryRun: false }
    beside.outcomeOf = ({ sequence }) => (sequence === 3 ? busy : { delivered: true })
    expect(await object.redeliver(asked)).toEqual({ events: 0, refused: 0, next: 0, error: 'busy' })
    expect(beside.closed).toBe(1)
    beside.outcomeOf = ({ sequence }) => (sequence === 3 ? tooLarge : { delivered: true })
    expect(await object.redeliver(asked)).toEqual({ events: 2, refused: 1, next: null })
    expect((await object.condition()).lastError).toBeNull()
  })
})

it('sends nothing that was not delivered before', async () => {
  const { beside, live } = twoSinks(1305)
  await productOf('X-NEW', 3)
  await live(async (object) => {
    const asked = { stream: product('X-NEW'), after: 0, dryRun: false }
    expect(await object.redeliver(asked)).toEqual({ events: 0, refused: 0, next: null })
    expect(beside.offers).toEqual([])
  })
})

it('does not try a sink that is known to be down', async () => {
  const { main, beside, live } = twoSinks(1306)
  const messages = await productOf('X-DOWN', 2)
  await live(async (object) => {
    await object.forward(messages.slice(0, 1))
    main.isDown = true
    await object.forward(messages.slice(1))
    const asked = { stream: product('X-DOWN'), after: 0, dryRun: false }
    expect(await object.redeliver(asked)).toEqual({
      events: 0,
      refused: 0,
      next: 0,
      error: 'the sink is down',
    })
    expect(beside.offers).toEqual([])
    expect(await object.redeliver({ ...asked, target: 'elsewhere' })).toMatchObject({ events: 1 })
  })
})
