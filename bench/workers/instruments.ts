/** What one object counts of itself, such as `rowsWritten`. */
type Meter = Readonly<Record<string, number>>

interface Resumed extends Rpc.DurableObjectBranded {
  resume(): Promise<void>
}

interface Forwarder extends Resumed {
  condition(): Promise<unknown>
  forget(): Promise<void>
}

interface Bindings {
  readonly EVENTS: Queue<unknown>
  readonly FORWARDER: DurableObjectNamespace<Forwarder>
  readonly PRODUCT: DurableObjectNamespace<Resumed>
  readonly FORWARDERS: string
}

/** The meters of all objects of this isolate, also of those that are no longer in memory, by class. */
const meters: { readonly className: string; readonly meter: Meter }[] = []
/** What objects have sent to the queue of events, and whether it accepts messages. */
const queue = { isOpen: true, sends: 0, messages: 0 }

/** What the bench itself puts into the queue, to see what the queue comes to without Petrel. */
interface Filling {
  readonly bench: string
}

/** Fillings that came back (Unix ms), in the order they did. */
const returned: { readonly at: number; readonly messages: number }[] = []
/** As many as an aggregate of the bench publishes at a time, and so many sends at the same time. */
const FILLINGS_A_SEND = 20
const SEND_CONCURRENCY = 16

/** Keeps the meter of an object that has one, for as long as the isolate lives. */
export function register(className: string, object: object): void {
  if ('meter' in object && isMeter(object.meter)) meters.push({ className, meter: object.meter })
}

/** Calls that objects had from others, by method. */
const calls: Record<string, number> = {}
const COUNTED = ['forward', 'published', 'confirmPublished', 'listing']

/** Counts the calls of an object's methods that belong to the pipeline. */
export function countCalls(prototype: Record<string, unknown>): void {
  for (const name of COUNTED) {
    const method = prototype[name]
    if (typeof method !== 'function') continue
    prototype[name] = function counted(this: unknown, ...args: unknown[]): unknown {
      calls[`rpc.${name}`] = (calls[`rpc.${name}`] ?? 0) + 1
      return method.apply(this, args)
    }
  }
}

/** The bindings of an object, with a queue of events that can be closed. */
export function instrumented(env: Bindings): Bindings {
  const { EVENTS } = env
  const watched: Queue<unknown> = {
    metrics: () => EVENTS.metrics(),
    async send(message, options) {
      note(1)
      return EVENTS.send(message, options)
    },
    async sendBatch(messages, options) {
      const all = [...messages]
      note(all.length)
      return EVENTS.sendBatch(all, options)
    },
  }
  return { ...env, EVENTS: watched }
}

/** Answers what the bench asks, in place of Petrel; `null` to any other request. */
export async function answer(request: Request, env: Bindings): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname === '/bench/queue/open' || pathname === '/bench/queue/close') {
    queue.isOpen = pathname.endsWith('open')
    return Response.json({ isOpen: queue.isOpen })
  }
  if (pathname === '/bench/queue/fill') {
    const { messages, bytes } = Object.fromEntries(searchParams)
    return Response.json({ startedAt: await fill(env, Number(messages), Number(bytes)) })
  }
  if (pathname === '/bench/queue/returned') return Response.json(returned)
  if (pathname === '/bench/counts') return Response.json(counts())
  if (pathname === '/bench/delivery') return Response.json(await ofEach(env, (one) => one.condition()))
  if (pathname === '/bench/products/wake') {
    const { prefix, count } = Object.fromEntries(searchParams)
    const names = Array.from({ length: Number(count) }, (_, index) => `${prefix}-${index}`)
    return Response.json(await Promise.all(names.map((name) => env.PRODUCT.getByName(name).resume())))
  }
  if (pathname === '/bench/forwarders/wake') return Response.json(await ofEach(env, (one) => one.resume()))
  // Whoever throws away all that it has in memory answers nothing any more.
  if (pathname === '/bench/forwarders/forget')
    return Response.json(await ofEach(env, (one) => one.forget().catch(() => null)))
  return null
}

/** Takes a batch of fillings, which nobody else understands, and does nothing with it; false for any other. */
export function swallow(batch: MessageBatch): boolean {
  if (!batch.messages.every(({ body }) => typeof body === 'object' && body !== null && 'bench' in body))
    return false
  returned.push({ at: Date.now(), messages: batch.messages.length })
  batch.ackAll()
  return true
}

/** Puts fillings into the queue. Returns when it began (Unix ms). */
async function fill({ EVENTS }: Bindings, messages: number, bytes: number): Promise<number> {
  returned.length = 0
  const startedAt = Date.now()
  const body: Filling = { bench: 'x'.repeat(bytes) }
  let left = messages
  const send = async () => {
    while (left > 0) {
      const count = Math.min(left, FILLINGS_A_SEND)
      left -= count
      await EVENTS.sendBatch(Array.from({ length: count }, () => ({ body, contentType: 'json' as const })))
    }
  }
  await Promise.all(Array.from({ length: SEND_CONCURRENCY }, send))
  return startedAt
}

/** Asks each forwarder. */
function ofEach<Result>(
  { FORWARDER, FORWARDERS }: Bindings,
  ask: (forwarder: DurableObjectStub<Forwarder>) => Result,
): Promise<Awaited<Result>[]> {
  return Promise.all(
    Array.from({ length: Number(FORWARDERS) }, (_, shard) => ask(FORWARDER.getByName(String(shard)))),
  )
}

function note(messages: number): void {
  if (!queue.isOpen) throw new Error('the bench has closed the queue')
  queue.sends += 1
  queue.messages += messages
}

/** By class and unit, such as `ProductObject.rowsWritten`. */
function counts(): Record<string, number> {
  const sums: Record<string, number> = {
    ...calls,
    'queue.sends': queue.sends,
    'queue.messages': queue.messages,
  }
  for (const { className, meter } of meters)
    for (const [unit, value] of Object.entries(meter)) {
      const name = `${className}.${unit}`
      sums[name] = (sums[name] ?? 0) + value
    }
  return sums
}

function isMeter(value: unknown): value is Meter {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'number')
  )
}
