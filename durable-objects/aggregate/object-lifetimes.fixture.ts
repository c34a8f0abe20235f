import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import parkedEffects from '../../migrations/0002_parked_effects.sql?raw'
import type { Aggregate } from '../../shared/core/aggregate.ts'
import { type AnyCloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import type { QueueMessage } from '../../shared/core/wire/queue-message.ts'
import { anyEventIn, messageIn } from '../../shared/core/wire/wire.fixture.ts'
import type { Env } from '../env.ts'
import { storedLog } from './journal/stored-log.fixture.ts'
import { type Notebook, notebook } from './notebook.fixture.ts'
import { objectOf } from './object.ts'
import type { CommandEnvelope } from './protocol.ts'

/** The time of these tests. Alarms are years ahead of the platform's own time: they fire when a test fires them. */
export const START = Date.parse('2031-03-01T12:00:00.000Z')

/** Stops the clock at `START` plus a number of milliseconds. Timers of the platform itself run on. */
export function stopTime(after = 0): void {
  vi.setSystemTime(START + after)
}

/** Lets a number of milliseconds pass at once. */
export function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds)
}

/** Stops the clock at `START`, and the timers of objects with it. */
export function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: START })
}

/** Lets a number of milliseconds pass, with the timers that end in them. */
export async function elapse(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
}

/** A queue that records what it is sent, and can be made to refuse. */
export class RecordingQueue implements Queue<string> {
  /** How many more sends it takes. */
  takes = Number.POSITIVE_INFINITY
  /** How many messages it says are waiting. */
  backlogCount = 1
  /** How often it was asked to take events of an aggregate. */
  tries = 0
  /** What it took. */
  readonly messages: QueueMessage[] = []
  /** Events in the order they were sent, send by send. */
  readonly sends: AnyCloudEvent[][] = []

  get events(): AnyCloudEvent[] {
    return this.sends.flat()
  }

  /** The versions of what was sent, in that order. */
  get versions(): (number | undefined)[] {
    return this.events.map(eventVersion)
  }

  async metrics() {
    return { backlogCount: this.backlogCount, backlogBytes: 0 }
  }

  async send(message: string) {
    return this.sendBatch([{ body: message }])
  }

  async sendBatch(messages: Iterable<MessageSendRequest<string>>) {
    // System events belong to the isolate, not to the object under test.
    const brought = [...messages].map(({ body }) => messageIn(body))
    const sent = brought
      .flatMap(({ events }) => events)
      .map(({ event }) => anyEventIn(event))
      .filter(({ category }) => category !== 'system')
    if (sent.length === 0) return { metadata: { metrics: await this.metrics() } }
    if (brought.some(({ stream }) => stream !== undefined)) this.tries += 1
    if (this.takes === 0) throw new Error('the queue is down')
    this.takes -= 1
    this.messages.push(...brought)
    this.sends.push(sent)
    return { metadata: { metrics: await this.metrics() } }
  }
}

/** The bindings of an object under test; its time is the platform's by default. */
export function bindings(overrides: Partial<Env> = {}): Env {
  return { ...env, CLOCK_MODE: 'system', EVENTS: new RecordingQueue(), ...overrides }
}

type ObjectOf<State> = InstanceType<ReturnType<typeof objectOf<State>>>

/**
 * One lifetime of an aggregate's object: a new instance on its storage, as after a restart.
 * The storage is that of a real object, reached through its stub.
 */
export async function live<State, Result>(
  aggregate: Aggregate<State>,
  stub: DurableObjectStub,
  environment: Env,
  work: (object: ObjectOf<State>, state: DurableObjectState) => Result | Promise<Result>,
): Promise<Result> {
  const AggregateObject = objectOf(aggregate)
  return runInDurableObject(stub, (_, state) => work(new AggregateObject(state, environment), state))
}

/** The products, with a delay or an outage before each command. */
export function productsBehind(before: () => Promise<void>): Env['PRODUCT'] {
  return new Proxy(env.PRODUCT, {
    get: (products) => (id: string) => ({
      dispatch: async (envelope: CommandEnvelope) => {
        await before()
        return products.getByName(id).dispatch(envelope)
      },
    }),
  })
}

/** The command that puts a product on sale, for effects that reach another aggregate. */
export function createProduct(sku: string) {
  const price = { amount: 1999, currency: 'USD' }
  return { to: { kind: 'product', id: sku }, command: { type: 'CreateProduct', sku, name: 'Mug', price } }
}

/** What a product's storage has: how many events, and which records of commands. */
export async function productRecord(sku: string) {
  return runInDurableObject(env.PRODUCT.getByName(sku), (_, state) => ({
    events: storedIn(state).events.length,
    commands: storedIn(state).commands.map(({ id }) => id),
  }))
}

/** Runs lifetimes of one notebook with its bindings. */
export function notebookOf(id: string, overrides: Partial<Env> = {}) {
  // A notebook has no class of its own: it uses the storage of a product that no other test uses.
  // A new stub each time: a crash breaks a stub.
  const stub = () => env.PRODUCT.getByName(`notebook ${id}`)
  const environment = bindings(overrides)
  return {
    id,
    stub,
    environment,
    envelope: (command: unknown, fields: Partial<CommandEnvelope> = {}) => envelope(id, command, fields),
    live: <Result>(
      work: (object: NotebookObject, state: DurableObjectState) => Result | Promise<Result>,
      aggregate: typeof notebook = notebook,
    ) => live(aggregate, stub(), environment, work),
  }
}
type NotebookObject = ObjectOf<Notebook>

/** An envelope with the trace that these tests look for. */
export function envelope(
  id: string,
  command: unknown,
  fields: Partial<CommandEnvelope> = {},
): CommandEnvelope {
  return { id, command, trace: { correlationId: 'test' }, ...fields }
}

/** Waits for something to become true in the background. */
export function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(check, { timeout: 4_500, interval: 5 })
}

/** Fires an object's alarm as the platform does; false if none was set. */
export async function fireAlarm(
  object: { alarm(): Promise<void> },
  state: DurableObjectState,
): Promise<boolean> {
  if ((await state.storage.getAlarm()) === null) return false
  await state.storage.deleteAlarm()
  await object.alarm()
  return true
}

/** In how many milliseconds an object's alarm is due; `null` if none is set. */
export async function alarmInMs(state: DurableObjectState): Promise<number | null> {
  const at = await state.storage.getAlarm()
  return at === null ? null : at - Date.now()
}

/** The rows of a table; none where there is no such table. */
export function rows(state: DurableObjectState, table: string): Record<string, SqlStorageValue>[] {
  return tables(state).includes(table) ? state.storage.sql.exec(`SELECT * FROM ${table}`).toArray() : []
}

/** What an object has stored of its log; without events, commands and timers where it has stored nothing. */
export function storedIn(state: DurableObjectState) {
  const isThere = tables(state).includes('log')
  const log = storedLog((query) => (isThere ? state.storage.sql.exec(query).toArray() : []))
  const { head, events, commands } = log ?? { head: null, events: [], commands: [] }
  return { ...head?.cursors, shard: head?.shard, events, commands, timers: head?.timers ?? [] }
}

/** The names of an object's tables. */
export function tables(state: DurableObjectState): string[] {
  const found = state.storage.sql.exec(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
  return found
    .toArray()
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith('_cf_'))
}

/** An empty register of parked effects. */
export async function layRegister(): Promise<void> {
  await dropRegister()
  const statements = parkedEffects.replace(/^--.*$/gm, '').split(';')
  await env.DATABASE.batch(
    statements.filter((sql) => sql.trim() !== '').map((sql) => env.DATABASE.prepare(sql)),
  )
}

/** Drops the register, as if the read database were down. */
export async function dropRegister(): Promise<void> {
  await env.DATABASE.prepare('DROP TABLE IF EXISTS parked_effects').run()
}
