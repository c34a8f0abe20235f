import { join } from 'node:path'
import { startKafka } from '../../tests/integration/support/kafka/kafka.ts'
import { numbered, Petrel } from '../petrel.ts'
import { logProgress } from '../suite.ts'
import { buildPetrel } from '../workerd/bundle.ts'
import { type Runtime, startRuntime } from '../workerd/environment.ts'
import { Gate } from './gate.ts'
import { instrument } from './instrumented.ts'
import { Observer } from './observer.ts'
import type { PipelineOptions } from './options.ts'
import { PlainKafka } from './plain-kafka.ts'
import { Topic } from './topic.ts'

const PETREL_TOPIC = 'petrel-bench'
const PLAIN_TOPIC = 'plain-bench'
/** Products are named by it and a number. */
export const SKU_PREFIX = 'BENCH-PIPELINE'
/** What the runtime complains of while the bench has closed its queue, or the way to its sink. */
const EXPECTED = /the bench has closed|"where":"sink"/

/** What makes Petrel send to a broker without authentication. */
export function kafkaVariables(brokers: string, topic: string): Readonly<Record<string, string>> {
  return {
    EVENT_SINK: 'kafka',
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC: topic,
    KAFKA_AUTHENTICATION: 'none',
    KAFKA_TLS: 'false',
  }
}

/** Petrel, a real broker, and plain kafkajs beside them, both behind the same gate. */
export interface Stand {
  readonly runtime: Runtime
  readonly petrel: Petrel
  readonly observer: Observer
  readonly skus: readonly string[]
  readonly gate: Gate
  readonly plain: PlainKafka
  /** Where Petrel sends to, and where plain kafkajs does. */
  readonly topic: Topic
  readonly plainTopic: Topic
}

/** Builds it up for some work, and takes it down after. */
export async function withStand<Result>(
  options: PipelineOptions,
  folder: string,
  work: (stand: Stand) => Promise<Result>,
): Promise<Result> {
  logProgress('starting Apache Kafka')
  const gate = await Gate.reserve()
  const broker = await startKafka({ advertised: gate.address })
  try {
    gate.leadTo(broker.behindProxy)
    await gate.set('open')
    const topic = new Topic(broker.plaintext, PETREL_TOPIC)
    const plainTopic = new Topic(broker.plaintext, PLAIN_TOPIC)
    await topic.create()
    await plainTopic.create()
    logProgress('building the Worker')
    const modules = instrument(await buildPetrel(join(folder, 'bundle')))
    const runtime = await startRuntime(modules, join(folder, 'storage'), {
      ...kafkaVariables(gate.address, PETREL_TOPIC),
      FORWARDERS: String(options.forwarders),
    })
    const plain = new PlainKafka(gate.address)
    try {
      const petrel = await Petrel.at(runtime.petrel)
      const observer = new Observer(runtime.petrel)
      const skus = numbered(SKU_PREFIX, options.aggregates)
      await petrel.createProducts(skus)
      return await work({ runtime, petrel, observer, skus, gate, plain, topic, plainTopic })
    } finally {
      await plain.close()
      await runtime.stop()
      const complaints = runtime.complaints.filter((line) => !EXPECTED.test(line))
      if (complaints.length > 0)
        logProgress(`the runtime wrote ${complaints.length} lines of complaint, first:\n${complaints[0]}`)
    }
  } finally {
    await gate.remove()
    await broker.remove()
  }
}
