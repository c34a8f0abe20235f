import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { z } from 'zod'
import { Api, eventually } from './support/api.ts'
import { type Server, startServer } from './support/server.ts'
import { Shop } from './support/shop.ts'

/** How long lists and the lake may take to follow (ms), on a machine that does much else. */
const SOON = 90_000

const products = z.object({ data: z.array(z.looseObject({ sku: z.string() })) })
const projections = z.object({
  rebuild: z.looseObject({ finishedAt: z.string().nullable() }).nullable(),
  comparison: z
    .looseObject({
      finishedAt: z.string().nullable(),
      streams: z.int(),
      damaged: z.array(z.object({ kind: z.string(), id: z.string() })),
    })
    .nullable(),
})
const forwarding = z.object({ summary: z.looseObject({ forwarders: z.looseObject({ silent: z.int() }) }) })

let server: Server
let api: Api
let shop: Shop

async function start(storage?: string): Promise<void> {
  server = await startServer({ unhealthy: true, ...(storage !== undefined && { storage }) })
  api = await Api.connect(server.url)
  shop = new Shop(api)
}

/** The files of the databases in a folder of the storage, each with what lies beside it. */
async function databases(...folder: readonly string[]): Promise<string[]> {
  const path = join(server.storage, 'v3', ...folder)
  const names = await readdir(path)
  return names
    .filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
    .sort()
    .map((name) => join(path, name))
}

async function remove(file: string): Promise<void> {
  for (const part of [file, `${file}-wal`, `${file}-shm`]) await rm(part, { force: true })
}

/** The file in which an object of a class keeps a text. */
async function fileHolding(objectClass: string, text: string): Promise<string> {
  for (const file of await databases('do', `petrel-${objectClass}`))
    for (const part of [file, `${file}-wal`])
      if ((await readFile(part).catch(() => Buffer.alloc(0))).includes(text)) return file
  throw new Error(`no ${objectClass} holds ${text}`)
}

const listed = async () => (await api.ask(products, 'GET', '/products?limit=100', { token: '' })).data
const state = () => api.ask(projections, 'GET', '/ops/projections', { token: api.ops })
const health = async () => (await fetch(`${server.url}/health`)).status

beforeAll(() => start())
afterAll(() => server?.remove())

it('without its read database, and with a product that was emptied, it says so and comes back', async () => {
  onTestFailed(() => console.error(server.output()))
  const skus = [await shop.product(), await shop.product(), await shop.product()]
  const [lost = '', ...whole] = skus
  await eventually(listed, ({ length }) => length === 3, SOON)
  await eventually(
    () => shop.lake(),
    (lake) => skus.every((sku) => lake.has(`product/${sku}/1`)),
    SOON,
  )
  await server.kill()

  for (const file of await databases('d1', 'miniflare-D1DatabaseObject')) await remove(file)
  const file = await fileHolding('ProductObject', lost)
  await remove(file)
  await writeFile(file, '')
  await start(server.storage)

  await eventually(health, (status) => status === 200)
  // Automatically: the comparison finds what was lost.
  await eventually(listed, ({ length }) => length === whole.length, SOON)
  const { comparison } = await eventually(state, (now) => now.comparison?.finishedAt != null, SOON)
  expect(comparison).toMatchObject({ damaged: [{ kind: 'product', id: lost }] })
  // And by the documented repair.
  expect(await api.send('POST', '/ops/projections/rebuild', { token: api.ops, body: {} })).toMatchObject({
    status: 202,
  })
  await eventually(state, (now) => now.rebuild?.finishedAt != null, SOON)

  const again = { sku: lost, name: 'Mug', price: { amount: 1, currency: 'USD' } }
  for (const answer of [
    await api.send('GET', `/products/${lost}`),
    await api.send('POST', '/products', { body: again }),
    await api.send('POST', `/products/${lost}/price`, { body: { price: again.price } }),
  ])
    expect(answer).toMatchObject({ status: 503, body: { code: 'damaged', id: lost, lastSeenVersion: 1 } })
  for (const sku of whole) expect(await api.send('GET', `/products/${sku}`)).toMatchObject({ status: 200 })
  // What the pipeline still has.
  expect((await shop.lake()).get(`product/${lost}/1`)).toMatchObject({ data: { sku: lost } })
}, 420_000)

it('three broken forwarders are named; without their files they forward again', async () => {
  onTestFailed(() => console.error(server.output()))
  const condition = () => api.ask(forwarding, 'GET', '/ops/delivery', { token: api.ops })
  await server.kill()
  const broken = (await databases('do', 'petrel-ForwarderObject')).slice(0, 3)
  for (const file of broken) {
    await remove(file)
    await writeFile(file, Buffer.alloc(20_000, 'no database'))
  }
  await start(server.storage)
  await eventually(condition, ({ summary }) => summary.forwarders.silent === broken.length, SOON)
  expect(await api.send('GET', '/products', { token: '' })).toMatchObject({ status: 200 })
  await server.kill()

  for (const file of broken) await remove(file)
  await start(server.storage)
  await eventually(condition, ({ summary }) => summary.forwarders.silent === 0, SOON)
  const skus = await Promise.all(Array.from({ length: 12 }, () => shop.product()))
  await eventually(
    () => shop.lake(),
    (lake) => skus.every((sku) => lake.has(`product/${sku}/1`) && lake.has(`inventory/${sku}/1`)),
    SOON,
  )
}, 420_000)
