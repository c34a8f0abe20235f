import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { eventually } from '../support/api.ts'
import { type KafkaCluster, startKafkaCluster } from './support/kafka/cluster.ts'
import { startTcpProxy, type TcpProxy } from './support/kafka/tcp-proxy.ts'
import { deliverAll, eventsOf, expectExactly } from './support/sink/sent-events.ts'
import { type SinkRuntime, startSinkRuntime } from './support/sink/sink-runtime.ts'

const PARTITIONS = 6

let proxies: TcpProxy[]
let cluster: KafkaCluster
let sinks: SinkRuntime

beforeAll(async () => {
  proxies = await Promise.all([1, 2, 3].map(() => startTcpProxy()))
  cluster = await startKafkaCluster(proxies.map(({ address }) => address))
  for (const [index, node] of cluster.nodes.entries()) proxies[index]?.forwardTo(node.behindProxy)
  sinks = await startSinkRuntime('kafka')
})

afterAll(async () => {
  await sinks?.stop()
  await Promise.all(proxies?.map((proxy) => proxy.close()) ?? [])
  await cluster?.remove()
})

it('stores every event once while one broker after the other is restarted', async () => {
  const env = await newTopic('rolling')
  const sent = eventsOf(20, 5)
  await deliverAll(sinks, 'rolling', env, sent)
  for (const node of cluster.nodes) {
    const before = await cluster.leadersOf('rolling')
    expect(before).toContain(node.id)

    const restarting = node.stop().then(() => node.start())
    const meanwhile = deliverWhile(restarting, 'rolling', env)
    await restarting
    sent.push(...(await meanwhile))

    await eventually(
      () => cluster.leadersOf('rolling'),
      (leaders) => leaders.every((leader) => leader > 0),
    )
  }
  expectExactly(await cluster.readTopic('rolling'), sent)
})

it('stores nothing twice that a broker had stored, and not answered, when it died', async () => {
  const env = await newTopic('killed')
  const [first, second] = [eventsOf(30, 3), eventsOf(30, 3)]
  await deliverAll(sinks, 'killed', env, first)
  const [leader] = await cluster.leadersOf('killed')
  const node = cluster.nodes.find(({ id }) => id === leader)

  for (const proxy of proxies) proxy.treat('cut', Number.POSITIVE_INFINITY)
  const doubtful = await sinks.deliver('killed', env, second)
  await node?.kill()
  for (const proxy of proxies) proxy.treat('pass', 0)
  // Asked all the while, as forwarders do.
  await deliverAll(sinks, 'killed', env, second)

  // One that knows the dead broker alone at first: here its address still takes connections, and ends them.
  const third = eventsOf(5, 1)
  const dead = proxies[(leader ?? 0) - 1]?.address ?? ''
  const living = proxies.map(({ address }) => address).filter((address) => address !== dead)
  await deliverAll(sinks, 'newcomer', { ...env, KAFKA_BROKERS: [dead, ...living].join(',') }, third)

  expect(doubtful.some(({ delivered }) => delivered)).toBe(false)
  expect(await cluster.leadersOf('killed')).not.toContain(leader)
  expectExactly(await cluster.readTopic('killed'), [...first, ...second, ...third])
  await node?.start()
})

it('waits while too few replicas are in sync, and stores everything once when they are back', async () => {
  const env = await newTopic('too-few')
  const [first, second] = [eventsOf(10, 3), eventsOf(10, 3)]
  await deliverAll(sinks, 'too-few', env, first)
  const [one, other] = cluster.nodes

  await one?.kill()
  await other?.kill()
  const [outcome] = await sinks.deliver('too-few', env, second)
  await Promise.all([one?.start(), other?.start(), deliverAll(sinks, 'too-few', env, second)])

  expect(outcome).toMatchObject({ delivered: false, kind: 'retry' })
  expectExactly(await cluster.readTopic('too-few'), [...first, ...second])
})

async function newTopic(name: string): Promise<Readonly<Record<string, string>>> {
  await cluster.createTopic(name, PARTITIONS)
  return {
    KAFKA_BROKERS: proxies.map(({ address }) => address).join(','),
    KAFKA_TOPIC: name,
    KAFKA_AUTHENTICATION: 'none',
    KAFKA_TLS: 'false',
    ENVIRONMENT: 'development',
  }
}

/** Delivers new events, batch after batch, until something has happened. Returns them all. */
async function deliverWhile(
  happening: Promise<void>,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<CloudEvent[]> {
  let over = false
  const end = () => {
    over = true
  }
  happening.then(end, end)
  const sent: CloudEvent[] = []
  while (!over) {
    const events = eventsOf(20, 2)
    await deliverAll(sinks, name, env, events)
    sent.push(...events)
  }
  return sent
}
