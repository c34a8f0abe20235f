import { z } from 'zod'
import { anyCloudEventSchema } from '../../shared/core/cloud-event.ts'
import { inFormOfToday } from '../../shared/core/wire/earlier-form.fixture.ts'
import { type Api, signToken } from '../support/api.ts'
import { manyAtOnce } from '../support/shop.ts'

/** A request that was made under an Idempotency-Key, and can be made again by the same caller. */
const keyedRequest = z.object({
  scope: z.string(),
  subject: z.string(),
  method: z.string(),
  path: z.string(),
  key: z.string(),
  body: z.unknown(),
})
export type KeyedRequest = z.infer<typeof keyedRequest>

const answer = z.object({ status: z.int(), etag: z.string().nullable(), body: z.unknown() })
type Answer = z.infer<typeof answer>

/** What the server that left the folder answered last. */
export const answersSchema = z.object({
  /** The commit that was run. */
  commit: z.string(),
  /** The machine's time when the server stopped (Unix ms). */
  stoppedAt: z.int(),
  /** The ids that the journey made, by the part that each one plays. */
  parts: z.record(z.string(), z.string()),
  /** By path: every aggregate, its history, and every list. */
  reads: z.record(z.string(), answer),
  repeats: z.array(z.object({ request: keyedRequest, answer })),
})
export type Answers = z.infer<typeof answersSchema>

/** The lists, and where each aggregate in one is found. */
const LISTS: Readonly<Record<string, (row: Row) => string[]>> = {
  '/products': ({ sku }) => [`/products/${sku}`, `/inventory/${sku}`],
  '/customers': ({ id }) => [`/customers/${id}`],
  '/promotions': ({ code }) => [`/promotions/${code}`],
  '/orders': ({ id }) => [`/orders/${id}`],
  '/payments': ({ id }) => [`/payments/${id}`],
  '/deliveries': ({ id }) => [`/deliveries/${id}`],
  '/ops/parked': () => [],
  '/ops/set-aside': () => [],
  '/ops/mailbox': () => [],
}
type Row = z.infer<typeof row>
const row = z.record(z.string(), z.unknown())
/** A list that does not fit on one page would leave something out. */
const wholeList = z.object({ data: z.array(row), nextCursor: z.null() })

/** Asks for every list, and for every aggregate in one or given besides: as it is, as it began, and its history. */
export async function readEverything(api: Api, besides: readonly string[]): Promise<Answers['reads']> {
  const reads: Answers['reads'] = {}
  const aggregates = [...besides]
  for (const [list, pathsOf] of Object.entries(LISTS)) {
    const path = `${list}?limit=100`
    const read = await readOne(api, path)
    reads[path] = read
    aggregates.push(...wholeList.parse(read.body).data.flatMap(pathsOf))
  }
  const paths = aggregates.flatMap((one) => [one, `${one}?version=1`, `${one}/events?limit=100`])
  return { ...reads, ...(await readAll(api, paths)) }
}

/** Asks for many paths, some at a time. */
export async function readAll(api: Api, paths: readonly string[]): Promise<Answers['reads']> {
  const path = (index: number) => paths[index] ?? ''
  const read = await manyAtOnce(paths.length, (index) => readOne(api, path(index)), 20)
  return Object.fromEntries(read.map((answer, index) => [path(index), answer]))
}

const historyPage = z.looseObject({ data: z.array(anyCloudEventSchema) })

/** What a server left, with the events of histories as this release shows them under an origin. */
export function readsOfToday(reads: Answers['reads'], origin: string): Answers['reads'] {
  const entries = Object.entries(reads).map(([path, read]): [string, Answer] => {
    if (!path.includes('/events?')) return [path, read]
    const page = historyPage.parse(read.body)
    const data = page.data.map((event) => inFormOfToday(event, origin))
    return [path, { ...read, body: { ...page, data } }]
  })
  return Object.fromEntries(entries)
}

/** Whether every row of a list is as new as its aggregate. */
export function isUpToDate(reads: Answers['reads']): boolean {
  return Object.entries(LISTS).every(([list, pathsOf]) =>
    wholeList.parse(reads[`${list}?limit=100`]?.body).data.every((one) => {
      const [path] = pathsOf(one)
      return path === undefined || row.parse(reads[path]?.body).version === one.version
    }),
  )
}

/** Asks for one path as whoever may: operators, and for operations their own. */
export async function readOne(api: Api, path: string): Promise<Answer> {
  return kept(await api.send('GET', path, path.startsWith('/ops/') ? { token: api.ops } : {}))
}

/** Makes a request under its key, for the first time or again. */
export async function askOnce(api: Api, { scope, subject, method, path, key, body }: KeyedRequest) {
  const token = scope === '' ? '' : await signToken(scope, subject)
  const headers = { 'Idempotency-Key': key, Prefer: 'wait=10' }
  const answered = await api.send(method, path, { token, body, headers })
  return { ...kept(answered), isRepeat: answered.headers.get('Idempotent-Replayed') === 'true' }
}

function kept({ status, headers, body }: { status: number; headers: Headers; body: unknown }): Answer {
  return { status, etag: headers.get('ETag'), body }
}
