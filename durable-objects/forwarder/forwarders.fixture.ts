import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Stream } from '../../shared/core/projection.ts'
import type { PublishedEvent } from '../../shared/core/wire/queue-message.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import { forwarderOf, initialShard } from './forwarders.ts'
import { ForwarderObject } from './object.ts'
import { RecordingSink } from './recording-sink.fixture.ts'

/** All events of an aggregate, as it publishes them. */
export async function messagesOf({ kind, id }: Stream, confirmed = 0): Promise<PublishedEvent[]> {
  const history = await anyAggregateStub(env, kind, id).published({ after: 0, limit: 1_000 })
  return history.map((event) => ({ stream: { kind, id, version: event.sequence ?? 0, confirmed }, event }))
}

/** Has all events of aggregates delivered by the forwarders that everyone shares, by now. */
export async function deliver(...streams: readonly Stream[]): Promise<void> {
  for (const stream of streams) await forwarderOf(env, stream).forward(await messagesOf(stream))
}

/**
 * Forwarders that only one test knows of, with sinks of its own: what other tests publish in the background
 * never gets there. Each life of one is a new object on the storage of a real one.
 */
export class PrivateForwarders {
  readonly sinks = new Map<string, RecordingSink>()
  readonly environment: Env
  readonly #name: string
  readonly #objects = new Map<string, Promise<ForwarderObject>>()

  /** `count` is how many there are, as in FORWARDERS. */
  constructor(name: string, { count = 8, ...overrides }: Partial<Env> & { count?: number } = {}) {
    this.#name = name
    this.environment = {
      ...env,
      CLOCK_MODE: 'system',
      FORWARDERS: String(count),
      ...overrides,
      FORWARDER: this.#namespace(),
    }
  }

  /** The usual sink, or another place in it. */
  sink(target = 'usual'): RecordingSink {
    const known = this.sinks.get(target) ?? new RecordingSink(target, { isShared: true })
    this.sinks.set(target, known)
    return known
  }

  /** Records all events of aggregates, as the consumer of the queue does. */
  async forward(...streams: readonly Stream[]): Promise<void> {
    for (const stream of streams) {
      const messages = await messagesOf(stream)
      const forwarder = this.#stub(String(initialShard(this.environment, stream)))
      await forwarder.run((object) => object.forward(messages))
    }
  }

  #namespace(): Env['FORWARDER'] {
    return new Proxy(env.FORWARDER, {
      get: () => (name: string) => this.#stub(name),
    })
  }

  #stub(number: string) {
    const run = <Result>(work: (object: ForwarderObject) => Promise<Result>) =>
      runInDurableObject(env.FORWARDER.getByName(`${this.#name} ${number}`), async (_, state) =>
        work(await this.#object(number, state)),
      )
    return {
      run,
      forward: (...input: Parameters<ForwarderObject['forward']>) =>
        run((object) => object.forward(...input)),
      streams: (...input: Parameters<ForwarderObject['streams']>) =>
        run((object) => object.streams(...input)),
      lastSeenVersion: (...input: Parameters<ForwarderObject['lastSeenVersion']>) =>
        run((object) => object.lastSeenVersion(...input)),
      recordedVersion: (...input: Parameters<ForwarderObject['recordedVersion']>) =>
        run((object) => object.recordedVersion(...input)),
      recordCount: (...input: Parameters<ForwarderObject['recordCount']>) =>
        run((object) => object.recordCount(...input)),
      condition: () => run((object) => object.condition()),
      position: (...input: Parameters<ForwarderObject['position']>) =>
        run((object) => object.position(...input)),
      retryDeadLetter: (...input: Parameters<ForwarderObject['retryDeadLetter']>) =>
        run((object) => object.retryDeadLetter(...input)),
      redeliver: (...input: Parameters<ForwarderObject['redeliver']>) =>
        run((object) => object.redeliver(...input)),
    }
  }

  #object(number: string, state: DurableObjectState): Promise<ForwarderObject> {
    const known =
      this.#objects.get(number) ??
      Promise.resolve(
        new ForwarderObject(state, this.environment, { open: async (target) => this.sink(target) }),
      )
    this.#objects.set(number, known)
    return known
  }
}
