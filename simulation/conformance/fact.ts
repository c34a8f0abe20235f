// A fact of the platform: something that Petrel may rely on, with the value that proves it.

/** The bindings of the probe. */
export interface ProbeEnv {
  readonly PROBE: DurableObjectNamespace<ProbeRpc>
  /** The constructor of this class throws for some names. */
  readonly FRAGILE: DurableObjectNamespace<FragileRpc>
  readonly ACKNOWLEDGED: Queue
  readonly RETRIED: Queue
  readonly FAILING: Queue
  readonly GIVEN_UP: Queue
  readonly DATABASE: D1Database
  readonly BUCKET: R2Bucket
  readonly RATE_LIMIT: RateLimit
}

/** What the probe's objects offer over RPC. */
export interface ProbeRpc extends Rpc.DurableObjectBranded {
  /** Runs a part of a fact inside the object. Input and result are JSON text; see `show`. */
  perform(fact: string, part: string, input: string): Promise<string>
  /** Shows what arrived of an argument. */
  arrived(value: unknown): string
  /** Answers with a value by its name; see `values`. */
  answer(name: string): unknown
  throwing(name: string): Promise<never>
  throwingAtOnce(name: string): never
  callBack(work: (input: number) => Promise<number>): Promise<number>
  privateSum(): number
}

export interface FragileRpc extends Rpc.DurableObjectBranded {
  /** How often an instance of this object was constructed, or tried to be. */
  constructions(): number
  /** The numbers of the instances whose writes were kept, as JSON text. */
  stored(): string
}

/** The object in which a part of a fact runs. */
export interface Self {
  readonly ctx: DurableObjectState
  readonly env: ProbeEnv
  /** What this instance remembers. */
  readonly memory: Map<string, number>
  /** Calls a part of the same fact in another object. */
  call(label: string, part: string, ...input: unknown[]): Promise<unknown>
  /** Writes down that something happened, outside of any object: a crash does not lose it. */
  note(what: unknown): void
}

/** A delivery of one message to the consumer. */
export interface Delivery {
  readonly queue: string
  readonly id: string
  readonly body: unknown
  readonly attempts: number
  /** Unix ms. */
  readonly sentAt: number
  /** Unix ms. */
  readonly deliveredAt: number
  /** Whether the consumer throws in the end, having received the whole batch. */
  readonly fails: boolean
}

/** What a fact can do. It runs in the Worker. */
export interface World {
  readonly env: ProbeEnv
  readonly context: ExecutionContext
  /** The name of one of the fact's own objects. */
  nameOf(label?: string): string
  /** Calls a part in one of the fact's own objects, by a new stub. */
  call(label: string, part: string, ...input: unknown[]): Promise<unknown>
  /** Evicts an object that is running: its memory is lost, its storage is not. */
  evict(label?: string): Promise<void>
  sleep(milliseconds: number): Promise<void>
  /** Waits until something is the case, for at most twenty seconds of the platform's time. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>
  /** What happened so far. */
  notes(): readonly unknown[]
  note(what: unknown): void
  /** Deliveries of messages whose body names this fact. */
  deliveries(): readonly Delivery[]
}

export type Part = (self: Self, ...input: never[]) => unknown

export interface Fact {
  /** A sentence. */
  readonly name: string
  readonly run: (world: World) => unknown
  /** Runs after that for a request of its own; its result is the fact's. */
  readonly later?: (world: World) => unknown
  /** The result, as `show` shows it. */
  readonly expect: unknown
  /** What its objects do when they are called. */
  readonly parts?: Readonly<Record<string, Part>>
  /** What its objects do when their alarm fires. */
  readonly alarm?: (self: Self, info: AlarmInvocationInfo | undefined) => unknown
}

/** A fact that one call to one object shows. */
export function inObject(name: string, part: (self: Self) => unknown, expect: unknown): Fact {
  return { name, parts: { part }, run: ({ call }) => call('object', 'part'), expect }
}

/** What a call throws, or `nothing thrown`. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (thrown) {
    return thrown
  }
  return 'nothing thrown'
}

/** The name and message of a fault, without what SQLite says about the place in the query and about finer codes. */
export function faultText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  return `${thrown.name}: ${thrown.message}`.replace(/ at offset \d+/, '').replace(/ \(extended: \w+\)$/, '')
}

/** A value as JSON in which nothing is lost: what JSON has no words for becomes a text in angle brackets. */
export function show(value: unknown): unknown {
  if (value === undefined) return '<undefined>'
  if (Object.is(value, -0)) return '<-0>'
  if (typeof value === 'number' && !Number.isFinite(value)) return `<${value}>`
  if (typeof value === 'bigint') return `<${value}n>`
  if (typeof value === 'function') return '<function>'
  if (typeof value === 'symbol') return '<symbol>'
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(show)
  if (value instanceof Date) return `<Date ${value.getTime()}>`
  if (value instanceof ArrayBuffer) return `<ArrayBuffer ${[...new Uint8Array(value)].join(' ')}>`
  if (value instanceof Uint8Array) return `<Uint8Array ${[...value].join(' ')}>`
  if (value instanceof Map) return { '<Map>': [...value].map(show) }
  if (value instanceof Set) return { '<Set>': [...value].map(show) }
  if (value instanceof RegExp) return `<${value}>`
  if (value instanceof Error)
    return { '<error>': value.name, message: value.message, ...codeOf(value), ...ownOf(value) }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, show(inner)]))
}

/** Some platforms count it among the properties of a DOMException, others find it in its prototype. */
const codeOf = (error: Error) => (error instanceof DOMException ? { code: error.code } : {})

/** The properties of an error beside its name, message and stack. */
function ownOf(error: Error): Record<string, unknown> {
  const names = Object.getOwnPropertyNames(error).filter(
    (name) => !['name', 'message', 'stack'].includes(name),
  )
  return Object.fromEntries(names.toSorted().map((name) => [name, show(Reflect.get(error, name))]))
}
