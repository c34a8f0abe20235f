import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { z } from 'zod'
import {
  type Answers,
  askOnce,
  isUpToDate,
  readAll,
  readEverything,
  readsOfToday,
} from './stored-folder/answers.ts'
import { PUBLIC_URL } from './stored-folder/journey.ts'
import { openStoredFolder } from './stored-folder/open.ts'
import { Api, eventually } from './support/api.ts'
import { type Server, startServer } from './support/server.ts'
import { manyAtOnce, type OrderView, Shop } from './support/shop.ts'

const anything = z.unknown()
const event = z.object({ id: z.string() })
const history = z.object({ data: z.array(event) })
const replay = z.looseObject({ id: z.string(), status: z.string() })

let server: Server
let api: Api
let shop: Shop
let answers: Answers

// An earlier commit's server has left the folder: see make.ts. It ran with 8 forwarders, then with 3. Each test goes
// on where the one before it stopped.
beforeAll(async () => {
  const stored = await openStoredFolder()
  answers = stored.answers
  server = await startServer({ storage: stored.storage, variables: { PUBLIC_URL, FORWARDERS: '5' } })
  api = await Api.connect(server.url)
  shop = new Shop(api)
}, 120_000)
afterAll(() => server?.remove())

/** The id of what plays a part in the journey. */
function part(name: string): string {
  const id = answers.parts[name]
  if (id === undefined) throw new Error(`the journey has no ${name}`)
  return id
}

function post(path: string, body: unknown, token?: string): Promise<unknown> {
  return api.ask(anything, 'POST', path, { token, body })
}

function courier({ deliveries: [id] }: OrderView, action: string): Promise<unknown> {
  return post(`/deliveries/${id}/${action}`, {})
}

function replayOnce(id: string, status: string) {
  return eventually(
    () => api.ask(replay, 'GET', `/ops/replay/${id}`, { token: api.ops }),
    (now) => now.status === status,
  )
}

/** The lake's objects that were read, by their keys: they do not change. */
const read = new Map<string, string[]>()

/** The ids of the events in the lake under a prefix, as often as they stand there. */
async function lake(prefix: string): Promise<string[]> {
  const keys = await shop.lakeKeys(prefix)
  const unread = keys.filter((key) => !read.has(key))
  await manyAtOnce(
    unread.length,
    async (index) => {
      const key = unread[index] ?? ''
      const text = await shop.lakeObject(key)
      const lines = text?.trim().split('\n') ?? []
      read.set(
        key,
        lines.map((line) => event.parse(JSON.parse(line)).id),
      )
    },
    20,
  )
  return keys.flatMap((key) => read.get(key) ?? [])
}

/** The ids of the events in the lake, in the layout of the folder and in today's. */
async function wholeLake(): Promise<string[]> {
  return [...(await lake('ingest/')), ...(await lake('context='))]
}

/** Paths of the aggregates whose events the lake gets: the other sink of the journey had those of two products. */
function aggregatesIn(reads: Answers['reads']): string[] {
  return Object.keys(reads)
    .filter((path) => path.includes('/events'))
    .map((path) => path.slice(0, path.indexOf('/events')))
    .filter((path) => !/^\/(products|inventory)\/(WELCOME|REFUSED)$/.test(path))
}

/** Waits until the lake has every event of these histories, and sees that none stands there twice. */
async function allArrived(reads: Answers['reads']): Promise<void> {
  const expected = aggregatesIn(reads).flatMap(
    (path) => history.parse(reads[`${path}/events?limit=100`]?.body).data,
  )
  const missing = async () => {
    const there = new Set(await wholeLake())
    return expected.map(({ id }) => id).filter((id) => !there.has(id))
  }
  await eventually(missing, ({ length }) => length === 0)
  const arrived = await wholeLake()
  expect(arrived.filter((id, place) => arrived.indexOf(id) !== place)).toEqual([])
}

it('every aggregate, its history and every list are as they were', async () => {
  onTestFailed(() => console.error(server.output()))
  expect(Object.keys(answers.reads).length).toBeGreaterThan(100)
  const expected = readsOfToday(answers.reads, PUBLIC_URL)
  expect(await readAll(api, Object.keys(answers.reads))).toEqual(expected)
})

it('a request that is made again under its key gets the answer that it got', async () => {
  expect(answers.repeats.length).toBeGreaterThan(10)
  for (const { request, answer } of answers.repeats)
    expect(await askOnce(api, request)).toEqual({ ...answer, isRepeat: true })
})

it('what the sink had not got arrives in the lake, each event once', async () => {
  onTestFailed(() => console.error(server.output()))
  await allArrived(answers.reads)
})

it('what was set aside can be sent to the present sink', async () => {
  const body = { prefix: 'refused/' }
  const retried = await api.ask(anything, 'POST', '/ops/set-aside/retry', { token: api.ops, body })
  expect(retried).toMatchObject({ retried: 1, failed: [], remaining: 0 })
  await post('/inventory/WELCOME/stock', { adjust: 1, reason: 'found' })
  const ids = ['product/REFUSED/1', 'inventory/WELCOME/1', 'inventory/WELCOME/2', 'inventory/WELCOME/3']
  await eventually(wholeLake, (arrived) => ids.every((id) => arrived.includes(id)))
})

it('replays are where they were: finished, cancelled, and one that goes on', async () => {
  await replayOnce(part('finishedReplay'), 'finished')
  await replayOnce(part('cancelledReplay'), 'cancelled')
  await replayOnce(part('openReplay'), 'finished')
  const body = { aggregateIds: [part('completed')], target: 'again' }
  const { id } = await api.ask(replay, 'POST', '/ops/replay', { token: api.ops, body })
  await replayOnce(id, 'finished')
  const events = history.parse(answers.reads[`/orders/${part('completed')}/events?limit=100`]?.body).data
  expect((await lake('replay/again/')).sort()).toEqual(events.map((one) => one.id).sort())
})

it('orders go on: paid after all, tried again, delivered, reviewed', async () => {
  onTestFailed(() => console.error(server.output()))
  await post(`/orders/${part('declined')}/payments`, { paymentMethod: 'pm_card_visa' })
  await shop.orderOnce(part('declined'), ({ status }) => status === 'confirmed')

  const parked = z.object({ data: z.array(z.object({ id: z.string(), aggregateId: z.string() })) })
  const { data } = await api.ask(parked, 'GET', '/ops/parked', { token: api.ops })
  expect(data).toHaveLength(1)
  await post(`/ops/parked/${data[0]?.id}/retry`, {}, api.ops)
  await shop.orderOnce(part('parked'), ({ status }) => status === 'confirmed')

  const scheduled = await shop.getOrder(part('scheduled'))
  await courier(scheduled, 'start')
  for (const order of [scheduled, await shop.getOrder(part('shipped'))]) {
    await courier(order, 'complete')
    await shop.orderOnce(order.id, ({ status }) => status === 'delivered')
  }
})

it('timers fire when their time comes', async () => {
  onTestFailed(() => console.error(server.output()))
  const hold = async () =>
    (await shop.stock('CUP')).reservations.find(({ orderId }) => orderId === 'by-telephone')
  expect(await hold()).toMatchObject({ quantity: 2, state: 'held' })
  await shop.advance('PT31M')
  expect(await hold()).toMatchObject({ state: 'expired' })
  await shop.orderOnce(part('abandoned'), ({ status }) => status === 'cancelled')
  await shop.advance('P1D')
  for (const cart of ['open', 'guests'])
    expect(await api.send('GET', `/carts/${part(cart)}`)).toMatchObject({ body: { status: 'abandoned' } })
  await shop.orderOnce(part('delivered'), ({ status }) => status === 'completed')
})

it('lists follow, forwarders know every aggregate, and the lake has all that went on, each event once', async () => {
  onTestFailed(() => console.error(server.output()))
  const inNoList = aggregatesIn(answers.reads).filter((path) => /^\/(carts|reviews)\//.test(path))
  const reads = await eventually(() => readEverything(api, inNoList), isUpToDate)
  await allArrived(reads)
  const aggregates = aggregatesIn(reads)
  const positions = await readAll(
    api,
    aggregates.map((path) => `${path}?delivery=true`),
  )
  for (const { body } of Object.values(positions))
    expect(body).toMatchObject({ delivery: { sink: 'lake', pending: 0 } })
  const counted = z.object({ streams: z.int(), complete: z.literal(true) })
  const path = '/ops/projections/rebuild?dryRun=true'
  const { streams } = await api.ask(counted, 'POST', path, { token: api.ops, body: {} })
  expect(streams).toBeGreaterThanOrEqual(aggregates.length)
})

it('nothing was wrong', async () => {
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  // Carts have had no list when the folder was left: the comparison finds their rows missing, and writes them.
  const lines = server
    .output()
    .split('\n')
    .filter((line) => !line.includes('lists had drifted from the logs'))
  expect(lines.join('\n')).not.toMatch(/error/i)
})
