import { z } from 'zod'
import { INGEST } from '../../shared/ports/lake/layout.ts'
import { eventId } from '../../shared/stream-names.ts'
import { atOnce, type Petrel } from '../petrel.ts'

/** What became of the orders of a soak. */
export interface Audit {
  readonly orders: number
  readonly unconfirmed: readonly string[]
  /** Events that are in the logs of the orders, and of their carts, payments and deliveries. */
  readonly events: number
  /** Ids of those that are not in the lake, and of all events of the lake that are there more than once. */
  readonly missing: readonly string[]
  readonly repeated: readonly string[]
  /** Events of the lake, and keys of the bucket that are not of the lake: dead letters. */
  readonly inLake: number
  readonly deadLetters: readonly string[]
}

/** An order, by its id and that of its cart. */
export interface Bought {
  readonly orderId: string
  readonly cartId: string
}

const versionSchema = z.object({ version: z.int() })
const orderSchema = versionSchema.extend({
  status: z.string(),
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
})
const pageSchema = z.object({
  data: z.array(z.object({ key: z.string() })),
  nextCursor: z.string().nullable(),
})
const eventSchema = z.object({ id: z.string() })

/** Reads all orders and all of the lake, and compares them event by event. */
export async function audit(petrel: Petrel, bought: readonly Bought[]): Promise<Audit> {
  const logs = await atOnce(bought, (one) => readLogs(petrel, one))
  const { keys, deadLetters } = await readKeys(petrel)
  const objects = await atOnce(keys, async (key) =>
    (await petrel.lakeLines(key)).map((line) => eventSchema.parse(JSON.parse(line)).id),
  )
  return compare(logs, objects.flat(), deadLetters)
}

/** What is in the log of an order, and in those of what belongs to it alone: ids of events. */
export interface OrderLogs {
  readonly orderId: string
  readonly status: string
  readonly events: readonly string[]
}

/** Compares logs with the ids of all events of the lake. */
export function compare(
  logs: readonly OrderLogs[],
  lake: readonly string[],
  deadLetters: readonly string[],
): Audit {
  const times = new Map<string, number>()
  for (const id of lake) times.set(id, (times.get(id) ?? 0) + 1)
  const events = logs.flatMap((log) => log.events)
  return {
    orders: logs.length,
    unconfirmed: logs.flatMap(({ orderId, status }) =>
      status === 'confirmed' ? [] : [`${orderId}: ${status}`],
    ),
    events: events.length,
    missing: events.filter((id) => !times.has(id)),
    repeated: [...times].flatMap(([id, count]) => (count > 1 ? [id] : [])),
    inLake: times.size,
    deadLetters,
  }
}

/** Whether nothing is lost, nothing is there twice, and every order is confirmed. */
export function isWhole({ unconfirmed, missing, repeated, deadLetters }: Audit): boolean {
  return unconfirmed.length + missing.length + repeated.length + deadLetters.length === 0
}

async function readLogs(petrel: Petrel, { orderId, cartId }: Bought): Promise<OrderLogs> {
  const order = orderSchema.parse(await petrel.read(`/v1/orders/${orderId}`, 'operator'))
  const logs = [{ kind: 'order', id: orderId, version: order.version }]
  const others = [
    { kind: 'cart', path: 'carts', ids: [cartId] },
    { kind: 'payment', path: 'payments', ids: order.payments },
    { kind: 'delivery', path: 'deliveries', ids: order.deliveries },
  ]
  for (const { kind, path, ids } of others)
    for (const id of ids) {
      const { version } = versionSchema.parse(await petrel.read(`/v1/${path}/${id}`, 'operator'))
      logs.push({ kind, id, version })
    }
  const events = logs.flatMap(({ kind, id, version }) =>
    Array.from({ length: version }, (_, index) => eventId(kind, id, index + 1)),
  )
  return { orderId, status: order.status, events }
}

/** The keys of the lake, and of what is in its bucket beside it. */
async function readKeys(petrel: Petrel): Promise<{ keys: string[]; deadLetters: string[] }> {
  const keys: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/v1/ops/lake?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`
    const { data, nextCursor } = pageSchema.parse(await petrel.read(path, 'ops'))
    keys.push(...data.map(({ key }) => key))
    cursor = nextCursor
  }
  return { keys: keys.filter(isOfLake), deadLetters: keys.filter((key) => !isOfLake(key)) }
}

/** Whether an object of the bucket has events that were delivered, compacted or not. */
export function isOfLake(key: string): boolean {
  return key.startsWith(INGEST) || key.startsWith('context=')
}
