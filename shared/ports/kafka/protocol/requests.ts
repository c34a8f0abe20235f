import type { Buffer } from 'node:buffer'
import type { Reader, Writer } from './wire.ts'

/**
 * A request of Kafka's protocol in one version (kafka.apache.org/protocol). Every version here is understood by
 * brokers from Kafka 2.2 to 4, so none is negotiated.
 */
export interface Api<Request, Answer> {
  readonly key: number
  readonly version: number
  write(writer: Writer, request: Request): void
  read(reader: Reader): Answer
}

/** What a cluster says about itself and one topic. */
export interface Metadata {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly topics: readonly {
    readonly error: number
    readonly name: string
    /** `leader` is -1 while there is none. */
    readonly partitions: readonly { readonly partition: number; readonly leader: number }[]
  }[]
}

/** Brokers, and the leaders of a topic's partitions. A topic that does not exist is not created. */
export const metadata: Api<{ readonly topic: string }, Metadata> = {
  key: 3,
  version: 4,
  write: (writer, { topic }) => {
    writer.array([topic], (to, name) => to.string(name)).int8(0)
  },
  read: (reader) => {
    reader.int32() // throttle time
    const brokers = reader.array((from) => {
      const broker = { id: from.int32(), host: from.string(), port: from.int32() }
      from.nullableString() // rack
      return broker
    })
    reader.nullableString() // cluster
    reader.int32() // controller
    const topics = reader.array((from) => {
      const topic = { error: from.int16(), name: from.string() }
      from.boolean() // internal
      const partitions = from.array((each) => {
        each.int16() // error: the leader is -1 then
        const place = { partition: each.int32(), leader: each.int32() }
        each.array((replica) => replica.int32())
        each.array((replica) => replica.int32())
        return place
      })
      return { ...topic, partitions }
    })
    return { brokers, topics }
  },
}

/** Who an idempotent producer is to the brokers. */
export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

/** A new identity for an idempotent producer without transactions. */
export const initProducerId: Api<null, ProducerIdentity & { readonly error: number }> = {
  key: 22,
  version: 1,
  write: (writer) => {
    // No transaction, and a time limit that therefore has no meaning.
    writer.string(null).int32(60_000)
  },
  read: (reader) => {
    reader.int32() // throttle time
    return { error: reader.int16(), id: reader.int64(), epoch: reader.int16() }
  },
}

/** Record batches for one broker, each of another partition. */
export interface ProduceRequest {
  /** How long the leader waits for the other in-sync replicas (ms). */
  readonly timeoutMs: number
  readonly batches: readonly {
    readonly topic: string
    readonly partition: number
    readonly records: Buffer
  }[]
}

/** The result of one batch; `error` 0 means that all in-sync replicas have it. */
export interface ProduceResult {
  readonly topic: string
  readonly partition: number
  readonly error: number
}

/** Appends record batches, acknowledged by all in-sync replicas. */
export const produce: Api<ProduceRequest, readonly ProduceResult[]> = {
  key: 0,
  version: 7,
  write: (writer, { timeoutMs, batches }) => {
    const topics = Map.groupBy(batches, ({ topic }) => topic)
    writer
      .string(null) // no transaction
      .int16(-1) // all in-sync replicas
      .int32(timeoutMs)
      .array([...topics], (to, [topic, of]) =>
        to.string(topic).array(of, (each, { partition, records }) => each.int32(partition).bytes(records)),
      )
  },
  read: (reader) =>
    reader
      .array((from) => {
        const topic = from.string()
        return from.array((each) => {
          const result = { topic, partition: each.int32(), error: each.int16() }
          each.int64() // base offset
          each.int64() // append time
          each.int64() // log start
          return result
        })
      })
      .flat(),
}

/** Chooses how to log in. `mechanisms` are those of the broker. */
export const saslHandshake: Api<
  { readonly mechanism: string },
  { readonly error: number; readonly mechanisms: readonly string[] }
> = {
  key: 17,
  version: 1,
  write: (writer, { mechanism }) => {
    writer.string(mechanism)
  },
  read: (reader) => ({ error: reader.int16(), mechanisms: reader.array((from) => from.string()) }),
}

/** One step of the log-in. */
export const saslAuthenticate: Api<
  { readonly message: Buffer },
  {
    readonly error: number
    /** From the broker, for people; without secrets. */
    readonly reason: string | null
    readonly message: Buffer
    /** How long the broker takes requests on this connection (ms); 0: for ever. */
    readonly sessionMs: number
  }
> = {
  key: 36,
  version: 1,
  write: (writer, { message }) => {
    writer.bytes(message)
  },
  read: (reader) => ({
    error: reader.int16(),
    reason: reader.nullableString(),
    message: reader.bytes(),
    sessionMs: Number(reader.int64()),
  }),
}
