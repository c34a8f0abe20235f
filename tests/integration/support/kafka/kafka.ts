import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KafkaClient, kafkaClient, type TopicRecord } from './kafka-client.ts'
import { type Certificates, kafkaJars, makeCertificates } from './kafka-files.ts'

/** How long it may take to start, and to stop by itself (ms). */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
/** Enough for a test's data; the C1 compiler and class data sharing bring it up in half the time. */
const JAVA = ['-Xms128m', '-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

/** A running Apache Kafka of one node. Addresses are `host:port`. */
export interface KafkaBroker {
  readonly plaintext: string
  readonly saslPlaintext: string
  readonly saslSsl: string
  /** Where the listener takes connections whose clients were told the address `advertised`. */
  readonly behindProxy: string
  /** The PEM file of the authority that signed the certificate of `saslSsl`. */
  readonly certificateAuthority: string
  /** Known to the SASL listeners, by SCRAM-SHA-512. */
  readonly user: { readonly name: string; readonly password: string }
  /** Ends it as an operator would; what it stored stays. */
  stop(): Promise<void>
  /** Ends it with SIGKILL; what it stored stays. */
  kill(): Promise<void>
  /** Starts it again, at the same addresses and with what it stored. */
  start(): Promise<void>
  /** Ends it and removes everything. */
  remove(): Promise<void>
  /** With limits of the topic's own, such as `max.message.bytes`. */
  createTopic(name: string, partitions: number, settings?: Readonly<Record<string, string>>): Promise<void>
  /** Changes limits of a topic's own. */
  changeTopic(name: string, settings: Readonly<Record<string, string>>): Promise<void>
  deleteTopic(name: string): Promise<void>
  /** Every record up to the present end, in order per partition. */
  readTopic(name: string): Promise<TopicRecord[]>
}

/** Fetches Kafka unless it is there, and starts it on free ports of this machine alone. */
export async function startKafka(
  options: {
    /** The address that clients of the listener `behindProxy` are told: that of a proxy in front of it. */
    readonly advertised?: string
  } = {},
): Promise<KafkaBroker> {
  const jars = await kafkaJars()
  const folder = await mkdtemp(join(tmpdir(), 'petrel-kafka-'))
  const certificates = await makeCertificates(folder)
  const [controller, plain, scram, tls, proxied] = await freePorts(5)
  const addresses = {
    controller: `127.0.0.1:${controller}`,
    plaintext: `127.0.0.1:${plain}`,
    saslPlaintext: `127.0.0.1:${scram}`,
    saslSsl: `localhost:${tls}`,
    behindProxy: `127.0.0.1:${proxied}`,
  }
  const user = { name: 'petrel', password: randomUUID() }
  const settings = join(folder, 'server.properties')
  await writeFile(
    settings,
    serverProperties(
      join(folder, 'data'),
      addresses,
      options.advertised ?? addresses.behindProxy,
      certificates,
    ),
  )
  const java = javaOf(jars)
  await ended(
    java([
      ...[
        'kafka.tools.StorageTool',
        'format',
        '--config',
        settings,
        '--cluster-id',
        'cGV0cmVsLWthZmthLXRlc3Q',
      ],
      ...['--add-scram', `SCRAM-SHA-512=[name=${user.name},password=${user.password}]`],
    ]),
  )
  const client = kafkaClient(addresses.plaintext)
  let server: Server | null = null
  const start = async () => {
    server = await startServer(java, settings, client)
  }
  const end = async (signal: NodeJS.Signals) => {
    const ending = server
    server = null
    if (ending) await endServer(ending, signal)
  }
  const removeFiles = () => rm(folder, { recursive: true, force: true })
  try {
    await start()
  } catch (error) {
    await removeFiles()
    throw error
  }
  return {
    ...addresses,
    certificateAuthority: certificates.authority,
    user,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    async remove() {
      await end('SIGKILL')
      await removeFiles()
    },
    createTopic: client.createTopic,
    changeTopic: client.changeTopic,
    deleteTopic: client.deleteTopic,
    readTopic: client.readTopic,
  }
}

interface Server {
  readonly child: ChildProcess
  readonly output: () => string
}

/** Runs a class of Kafka's, and keeps the end of what it says. It does not outlive this process. */
function javaOf(jars: string): (args: readonly string[]) => Server {
  return (args) => {
    const child = spawn(
      'java',
      [...JAVA, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(jars, '*'), ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-10_000)
      })
    const goodbye = () => child.kill('SIGKILL')
    process.once('exit', goodbye)
    child.once('exit', () => process.removeListener('exit', goodbye))
    child.once('error', (error) => {
      said += `Kafka needs Java 17 or newer (https://adoptium.net): ${error.message}`
    })
    return { child, output: () => said }
  }
}

async function startServer(
  java: (args: readonly string[]) => Server,
  settings: string,
  client: KafkaClient,
): Promise<Server> {
  const server = java(['kafka.Kafka', settings])
  const over = Date.now() + START_TIMEOUT_MS
  while (!(await client.answers())) {
    if (hasEnded(server.child) || Date.now() > over) {
      server.child.kill('SIGKILL')
      throw new Error(`Kafka did not start:\n${server.output()}`)
    }
  }
  return server
}

async function endServer({ child }: Server, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill(signal)
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await exit
  clearTimeout(patience)
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function ended(server: Server): Promise<void> {
  if (server.child.pid !== undefined) await once(server.child, 'exit')
  if (server.child.exitCode !== 0) throw new Error(`Kafka's storage could not be made:\n${server.output()}`)
}

/** Free ports, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('No port')
    return address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

function serverProperties(
  data: string,
  at: Record<'controller' | 'plaintext' | 'saslPlaintext' | 'saslSsl' | 'behindProxy', string>,
  advertised: string,
  certificates: Certificates,
): string {
  const listeners = (proxied: string) =>
    [
      `PLAINTEXT://${at.plaintext}`,
      `SASL_PLAINTEXT://${at.saslPlaintext}`,
      `SASL_SSL://${at.saslSsl}`,
      `PROXIED://${proxied}`,
    ].join(',')
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@${at.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `CONTROLLER://${at.controller},${listeners(at.behindProxy)}`,
    'advertised.listeners': listeners(advertised),
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.keystore,
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // One node, which a test's consumers need not wait for.
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'controlled.shutdown.enable': false,
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
