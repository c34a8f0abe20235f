import type { AwsCredentials } from '../aws/request.ts'
import { withTimeLimit } from '../time-limit.ts'
import { mskIamToken } from './msk-iam-token.ts'
import { authenticate, type Credentials } from './protocol/authentication.ts'
import { Connection } from './protocol/connection.ts'
import { ConnectionError, ProtocolError } from './protocol/errors.ts'
import {
  type Api,
  initProducerId,
  metadata,
  type ProduceRequest,
  type ProduceResult,
  type ProducerIdentity,
  produce,
} from './protocol/requests.ts'
import type { KafkaSettings } from './settings.ts'

const AUTHENTICATION_TIMEOUT_MS = 6_000
/** For the broker's logs at MSK. */
const USER_AGENT = 'petrel'
/** A connection whose log-in ends is replaced after this share of its time. */
const SESSION_SHARE = 0.8

interface Address {
  readonly host: string
  readonly port: number
}

interface LoggedIn {
  readonly connection: Connection
  /** Unix ms. */
  readonly usableUntil: number
}

/** The brokers of a Kafka cluster, each over one connection that is opened when it is needed. */
export class KafkaCluster {
  readonly #settings: KafkaSettings
  readonly #credentials: () => Promise<AwsCredentials>
  /** By broker id, as the cluster last said. */
  #brokers: ReadonlyMap<number, Address> = new Map()
  /** By `host:port`. */
  readonly #connections = new Map<string, Promise<LoggedIn>>()

  /** @param credentials to sign with, for `msk-iam` */
  constructor(settings: KafkaSettings, credentials: () => Promise<AwsCredentials>) {
    this.#settings = settings
    this.#credentials = credentials
  }

  /**
   * Asks for the leaders of a topic's partitions, by partition; -1 while a partition has none.
   *
   * @throws ProtocolError ConnectionError AuthenticationError
   */
  async leadersOf(topic: string): Promise<readonly number[]> {
    const { brokers, topics } = await this.#askAny(metadata, { topic })
    this.#brokers = new Map(brokers.map(({ id, host, port }) => [id, { host, port }]))
    const [found] = topics
    if (found?.error !== 0) throw new ProtocolError(found?.error ?? -1)
    const leaders: number[] = []
    for (const { partition, leader } of found.partitions) leaders[partition] = leader
    return leaders
  }

  /**
   * Asks for an identity of an idempotent producer.
   *
   * @throws ProtocolError ConnectionError AuthenticationError
   */
  async newProducer(): Promise<ProducerIdentity> {
    const { error, id, epoch } = await this.#askAny(initProducerId, null)
    if (error !== 0) throw new ProtocolError(error)
    return { id, epoch }
  }

  /**
   * Sends record batches to the broker that leads their partitions.
   *
   * @throws ConnectionError when there is no answer: they may be stored
   * @throws AuthenticationError
   */
  async produce(broker: number, request: ProduceRequest): Promise<readonly ProduceResult[]> {
    const address = this.#brokers.get(broker)
    if (!address) throw new ConnectionError('unreachable', `broker ${broker} is not known`)
    const connection = await this.#connect(address)
    return connection.request(produce, request)
  }

  /** Ends all connections; the next request opens new ones. */
  close(): void {
    for (const opened of this.#connections.values())
      opened.then(({ connection }) => connection.close()).catch(() => {})
    this.#connections.clear()
  }

  /** Asks one broker after the other until one answers; those first that there is a connection to. */
  async #askAny<Request, Answer>(api: Api<Request, Answer>, request: Request): Promise<Answer> {
    const all = [...this.#brokers.values(), ...this.#settings.brokers.map(addressOf)]
    const addresses = new Map(all.map((address) => [keyOf(address), address]))
    const isConnected = (key: string) => Number(this.#connections.has(key))
    let fault: unknown = null
    for (const [, address] of [...addresses].sort(([one], [other]) => isConnected(other) - isConnected(one)))
      try {
        const connection = await this.#connect(address)
        return await connection.request(api, request)
      } catch (error) {
        // All brokers take the same credentials.
        if (!(error instanceof ConnectionError)) throw error
        fault = error
      }
    throw fault
  }

  async #connect(address: Address): Promise<Connection> {
    const key = keyOf(address)
    const known = this.#connections.get(key)
    if (known) {
      const { connection, usableUntil } = await known
      if (connection.isOpen && Date.now() < usableUntil) return connection
      connection.close()
      if (this.#connections.get(key) === known) this.#connections.delete(key)
      return this.#connect(address)
    }
    const opening = this.#logIn(address)
    this.#connections.set(key, opening)
    opening.catch(() => {
      if (this.#connections.get(key) === opening) this.#connections.delete(key)
    })
    return (await opening).connection
  }

  async #logIn({ host, port }: Address): Promise<LoggedIn> {
    const connection = await Connection.open(host, port, this.#settings.tls)
    try {
      const credentials = await this.#credentialsFor()
      const sessionMs =
        credentials === null
          ? 0
          : await withTimeLimit(
              authenticate(connection, credentials),
              AUTHENTICATION_TIMEOUT_MS,
              () => new ConnectionError('ended', `no log-in within ${AUTHENTICATION_TIMEOUT_MS} ms`),
            )
      const usableUntil = sessionMs > 0 ? Date.now() + sessionMs * SESSION_SHARE : Number.POSITIVE_INFINITY
      return { connection, usableUntil }
    } catch (error) {
      connection.close()
      throw error
    }
  }

  async #credentialsFor(): Promise<Credentials | null> {
    const { authentication } = this.#settings
    switch (authentication.mechanism) {
      case 'none':
        return null
      case 'scram-sha-512':
        return { ...authentication, mechanism: 'SCRAM-SHA-512' }
      case 'msk-iam': {
        const credentials = await this.#credentials()
        const { region } = authentication
        const token = await mskIamToken({ region, credentials, now: Date.now(), userAgent: USER_AGENT })
        return { mechanism: 'OAUTHBEARER', token }
      }
    }
  }
}

function addressOf(broker: string): Address {
  const colon = broker.lastIndexOf(':')
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`
}
