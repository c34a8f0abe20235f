import { z } from 'zod'
import { awsSettings, readVariables } from '../aws/settings.ts'
import { PortError } from '../port-error.ts'

/** A little below the default of the broker's `message.max.bytes`. */
const MAX_BATCH_BYTES = 1_000_000

/** In the name of a topic it stands for the event's context: `petrel.{context}`. */
const CONTEXT = '{context}'

const topicSchema = z.string().refine(isTopic, {
  error: `is a topic's name: letters, digits, '.', '_' and '-', at most 249, and ${CONTEXT} in it if you like`,
})

const settingsSchema = z.object({
  KAFKA_BROKERS: z
    .string()
    .transform((brokers) => brokers.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[\w.-]+:\d{1,5}$/, 'is host:port, with commas between several'))),
  KAFKA_TOPIC: topicSchema.optional(),
  KAFKA_AUTHENTICATION: z.enum(['none', 'scram-sha-512', 'msk-iam'], {
    error: 'is none, scram-sha-512 or msk-iam',
  }),
  KAFKA_TLS: z.enum(['true', 'false'], { error: 'is true or false' }).optional(),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  KAFKA_MAX_BATCH_BYTES: z
    .string()
    .regex(/^[1-9]\d{3,8}$/, 'is a number of bytes from 1000 on')
    .optional(),
  ENVIRONMENT: z.string().optional(),
})

type KafkaAuthentication =
  | { readonly mechanism: 'none' }
  | { readonly mechanism: 'scram-sha-512'; readonly username: string; readonly password: string }
  | { readonly mechanism: 'msk-iam'; readonly region: string }

export interface KafkaSettings {
  /** `host:port` of some brokers; they return the others. */
  readonly brokers: readonly string[]
  /** A topic, or one for each context, with `{context}` in its name. */
  readonly topic: string
  readonly tls: boolean
  readonly authentication: KafkaAuthentication
  /** The largest produce request (bytes), before compression. */
  readonly maxBatchBytes: number
}

/**
 * Reads how Kafka is reached from bindings.
 *
 * @param target another topic than that of KAFKA_TOPIC
 * @throws PortError `unavailable`, `not_configured`; names variables, never their values
 */
export function kafkaSettings(env: object, target?: string): KafkaSettings {
  const given = readVariables('Kafka', settingsSchema, env)
  const tls = given.KAFKA_TLS !== 'false'
  if (given.ENVIRONMENT !== 'development') {
    if (given.KAFKA_AUTHENTICATION === 'none')
      throw wrong('KAFKA_AUTHENTICATION is none, which is for development')
    if (!tls) throw wrong('KAFKA_TLS is false, which is for development')
  }
  if (target !== undefined && !topicSchema.safeParse(target).success)
    throw wrong("the target is no topic's name")
  return {
    brokers: given.KAFKA_BROKERS,
    topic: target ?? given.KAFKA_TOPIC ?? 'petrel-events',
    tls,
    authentication: authenticationOf(given, env),
    maxBatchBytes: Number(given.KAFKA_MAX_BATCH_BYTES ?? MAX_BATCH_BYTES),
  }
}

function authenticationOf(given: z.infer<typeof settingsSchema>, env: object): KafkaAuthentication {
  switch (given.KAFKA_AUTHENTICATION) {
    case 'none':
      return { mechanism: 'none' }
    case 'scram-sha-512': {
      const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = given
      if (username === undefined) throw wrong('KAFKA_USERNAME is not set')
      if (password === undefined) throw wrong('KAFKA_PASSWORD is not set')
      return { mechanism: 'scram-sha-512', username, password }
    }
    case 'msk-iam':
      return { mechanism: 'msk-iam', region: awsSettings(env).region }
  }
}

function wrong(fault: string): PortError {
  return new PortError('unavailable', 'not_configured', `Kafka: ${fault}`)
}

/** The topic of an event with this type, such as `order.OrderCreated`; `null` if it can have none. */
export function topicOf(template: string, type: string): string | null {
  const [context = ''] = type.split('.', 1)
  const topic = template.replaceAll(CONTEXT, context)
  return isTopic(topic) && context !== '' ? topic : null
}

/** The names that Kafka allows (org.apache.kafka.common.internals.Topic), with room for the context. */
function isTopic(name: string): boolean {
  const example = name.replaceAll(CONTEXT, 'context')
  return /^[\w.-]{1,249}$/.test(example) && example !== '.' && example !== '..'
}
