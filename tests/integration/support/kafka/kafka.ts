import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KafkaClient, kafkaClient } from './kafka-client.ts'
import { compileIamTokens, kafkaJars, makeCertificates } from './kafka-files.ts'
import { serverProperties } from './properties.ts'
import { formatStorage, freePorts, javaOf, KafkaNode } from './server.ts'

/** A running Apache Kafka of one node. Addresses are `host:port`. */
export interface KafkaBroker
  extends Pick<KafkaClient, 'createTopic' | 'changeTopic' | 'deleteTopic' | 'readTopic'> {
  readonly plaintext: string
  readonly saslPlaintext: string
  readonly saslSsl: string
  /** Over TLS, with OAUTHBEARER, where it was asked for. A session is over after two seconds. */
  readonly iam: string
  /** Where the listener takes connections whose clients were told the address `advertised`. */
  readonly behindProxy: string
  /** The PEM file of the authority that signed the certificate of `saslSsl`. */
  readonly certificateAuthority: string
  /** Known to the SCRAM listeners. */
  readonly user: { readonly name: string; readonly password: string }
  /** Ends it as an operator would; what it stored stays. */
  stop(): Promise<void>
  /** Ends it with SIGKILL; what it stored stays. */
  kill(): Promise<void>
  /** Starts it again, at the same addresses and with what it stored. */
  start(): Promise<void>
  /** Ends it and removes everything. */
  remove(): Promise<void>
}

/** Whose tokens the IAM listener takes. */
export interface IamIdentity {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Fetches Kafka unless it is there, and starts it on free ports of this machine alone. */
export async function startKafka(
  options: {
    /** The address that clients of the listener `behindProxy` are told: that of a proxy in front of it. */
    readonly advertised?: string
    readonly iam?: IamIdentity
  } = {},
): Promise<KafkaBroker> {
  const jars = await kafkaJars()
  const folder = await mkdtemp(join(tmpdir(), 'petrel-kafka-'))
  const removeFiles = () => rm(folder, { recursive: true, force: true })
  try {
    const certificates = await makeCertificates(folder)
    if (options.iam) await compileIamTokens(jars, folder)
    const [controller, plain, scram, tls, iam, proxied] = await freePorts(6)
    const listeners = {
      controller: `127.0.0.1:${controller}`,
      plaintext: `127.0.0.1:${plain}`,
      saslPlaintext: `127.0.0.1:${scram}`,
      saslSsl: `localhost:${tls}`,
      behindProxy: `127.0.0.1:${proxied}`,
    }
    const iamAddress = `localhost:${iam}`
    const user = { name: 'petrel', password: randomUUID() }
    const settings = join(folder, 'server.properties')
    await writeFile(
      settings,
      serverProperties({
        id: 1,
        folder,
        addresses: { ...listeners, ...(options.iam && { iam: iamAddress }) },
        advertised: options.advertised ?? listeners.behindProxy,
        controllers: new Map([[1, listeners.controller]]),
        keystore: certificates.keystore,
        ...(options.iam && { identity: { ...options.iam } }),
      }),
    )
    const java = javaOf(jars, folder)
    await formatStorage(java, settings, user)
    const client = kafkaClient([listeners.plaintext])
    const node = new KafkaNode(java, settings, client.answers)
    await node.start()
    return {
      ...listeners,
      iam: iamAddress,
      ...client,
      certificateAuthority: certificates.authority,
      user,
      stop: () => node.end('SIGTERM'),
      kill: () => node.end('SIGKILL'),
      start: () => node.start(),
      async remove() {
        await node.end('SIGKILL')
        await removeFiles()
      },
    }
  } catch (error) {
    await removeFiles()
    throw error
  }
}
