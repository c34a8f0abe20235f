import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KafkaClient, kafkaClient } from './kafka-client.ts'
import { kafkaJars } from './kafka-files.ts'
import { serverProperties } from './properties.ts'
import { formatStorage, freePorts, javaOf, KafkaNode } from './server.ts'

const NODES = [1, 2, 3] as const

/** One node of a cluster. */
export interface ClusterNode {
  readonly id: number
  /** Where the listener takes connections whose clients were told the advertised address, `host:port`. */
  readonly behindProxy: string
  /** Ends it as an operator would: it hands over what it leads. */
  stop(): Promise<void>
  /** Ends it with SIGKILL. */
  kill(): Promise<void>
  /** Starts it again. */
  start(): Promise<void>
}

/** A running Apache Kafka of three nodes, about 250 MB each. A topic has three replicas, of which two must be in sync. */
export interface KafkaCluster extends Pick<KafkaClient, 'createTopic' | 'leadersOf' | 'readTopic'> {
  readonly nodes: readonly ClusterNode[]
  /** Ends it and removes everything. */
  remove(): Promise<void>
}

/** Starts it on free ports of this machine alone. `advertised` is the address of each node for its clients. */
export async function startKafkaCluster(advertised: readonly string[]): Promise<KafkaCluster> {
  const jars = await kafkaJars()
  const folder = await mkdtemp(join(tmpdir(), 'petrel-kafka-'))
  const java = javaOf(jars)
  const ports = await freePorts(3 * NODES.length)
  const members = NODES.map((id) => {
    const [controller, plaintext, behindProxy] = ports
      .slice(3 * id - 3, 3 * id)
      .map((port) => `127.0.0.1:${port}`)
    if (!controller || !plaintext || !behindProxy) throw new Error('No port')
    return { id, addresses: { controller, plaintext, behindProxy } }
  })
  const client = kafkaClient(members.map(({ addresses }) => addresses.plaintext))
  const nodes = await Promise.all(
    members.map(async ({ id, addresses }) => {
      const home = join(folder, String(id))
      await mkdir(home)
      const settings = join(home, 'server.properties')
      await writeFile(
        settings,
        serverProperties({
          id,
          folder: home,
          addresses,
          advertised: advertised[id - 1] ?? addresses.behindProxy,
          controllers: new Map(members.map((member) => [member.id, member.addresses.controller])),
        }),
      )
      await formatStorage(java, settings, null)
      return { id, addresses, node: new KafkaNode(java, settings, () => client.hasBroker(id)) }
    }),
  )
  const remove = async () => {
    await Promise.all(nodes.map(({ node }) => node.end('SIGKILL')))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all(nodes.map(({ node }) => node.start()))
  } catch (error) {
    await remove()
    throw error
  }
  return {
    createTopic: client.createTopic,
    leadersOf: client.leadersOf,
    readTopic: client.readTopic,
    nodes: nodes.map(({ id, addresses, node }) => ({
      id,
      behindProxy: addresses.behindProxy,
      stop: () => node.end('SIGTERM'),
      kill: () => node.end('SIGKILL'),
      start: () => node.start(),
    })),
    remove,
  }
}
