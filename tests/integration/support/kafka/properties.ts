import { join } from 'node:path'

/** The addresses of a node's listeners, `host:port`; without one there is no such listener. */
export interface NodeAddresses {
  readonly controller: string
  readonly plaintext: string
  readonly behindProxy: string
  readonly saslPlaintext?: string
  readonly saslSsl?: string
  readonly iam?: string
}

/** A node among others of its cluster. */
export interface NodeSettings {
  readonly id: number
  readonly folder: string
  readonly addresses: NodeAddresses
  /** What clients of the listener `behindProxy` are told to connect to. */
  readonly advertised: string
  /** The controllers of all nodes, by id. */
  readonly controllers: ReadonlyMap<number, string>
  /** Key and certificate of listeners with TLS, as PEM. */
  readonly keystore?: string
  /** How the IAM listener checks tokens, as JAAS options. */
  readonly identity?: Readonly<Record<string, string>>
}

/** The JAAS configuration of the IAM listener. Where it has options, Kafka wants a name for the broker itself, too. */
function bearerModule(options: Readonly<Record<string, string>>): string {
  const pairs = Object.entries({ ...options, unsecuredLoginStringClaim_sub: 'broker' })
  const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
  return `${module} required ${pairs.map(([name, value]) => `${name}="${value}"`).join(' ')};`
}

/** A node's server.properties. */
export function serverProperties(node: NodeSettings): string {
  const { id, folder, addresses: at, controllers, keystore, identity } = node
  const replicas = controllers.size
  const listeners = (proxied: string) =>
    [
      `PLAINTEXT://${at.plaintext}`,
      `PROXIED://${proxied}`,
      at.saslPlaintext && `SASL_PLAINTEXT://${at.saslPlaintext}`,
      at.saslSsl && `SASL_SSL://${at.saslSsl}`,
      at.iam && `IAM://${at.iam}`,
    ]
      .filter((listener) => listener !== undefined)
      .join(',')
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': [...controllers].map(([voter, address]) => `${voter}@${address}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `CONTROLLER://${at.controller},${listeners(at.behindProxy)}`,
    'advertised.listeners': listeners(node.advertised),
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,IAM:SASL_SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    ...(identity && {
      'listener.name.iam.sasl.enabled.mechanisms': 'OAUTHBEARER',
      'listener.name.iam.oauthbearer.sasl.server.callback.handler.class': 'IamTokens',
      'listener.name.iam.oauthbearer.sasl.jaas.config': bearerModule(identity),
      // A session is over soon, as a token's is after a quarter of an hour.
      'listener.name.iam.oauthbearer.connections.max.reauth.ms': 2_000,
    }),
    ...(keystore && { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': keystore }),
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': false,
    // As at MSK.
    'default.replication.factor': replicas,
    'min.insync.replicas': Math.min(2, replicas),
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // One node has nobody to hand its partitions to.
    'controlled.shutdown.enable': replicas > 1,
    // A broker that starts again waits for the end of its former session (ms).
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.enable': false,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
