import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startKafka } from '../../tests/integration/support/kafka/kafka.ts'
import type { Operation } from '../load/closed-loop.ts'
import { atOnce, Petrel } from '../petrel.ts'
import { Gate } from '../pipeline/gate.ts'
import { OrderWatch } from '../pipeline/order.ts'
import { kafkaVariables } from '../pipeline/stand.ts'
import { messagesIn, Topic } from '../pipeline/topic.ts'
import { type Measurement, measure } from '../runtime/round.ts'
import { command, commandSkus } from '../scenarios/command.ts'
import { logProgress, type Suite } from '../suite.ts'
import { buildPetrel } from '../workerd/bundle.ts'
import { type Runtime, startRuntime } from '../workerd/environment.ts'
import { untilIdle } from '../workerd/processor.ts'
import { withFolder } from '../workerd/workspace.ts'
import { OUTAGE_USAGE, type OutageOptions, readOutageOptions } from './options.ts'
import { type Arrival, type Condition, conditions, type Rounds, render, reportOn } from './report.ts'

const WARM_UP = { rampUp: 0, measured: 2_000 }
/** How often the topic is looked at for what is to arrive (ms), and for how long at most. */
const LOOK_EVERY = 1_000
const LOOK_FOR = 300_000

/** What the API's callers notice of a sink that is down. */
export const outageSuite: Suite = {
  summary: 'latency of commands with the sink up and with it down all the time; then what arrives',
  usage: OUTAGE_USAGE,
  run(args) {
    const options = readOutageOptions(args)
    return withFolder(options.storage, async (folder) => {
      const report = reportOn(options, ...(await measureBoth(options, folder)))
      process.stdout.write(`\n${render(report)}`)
      if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
      const { arrival, rounds } = report
      const failed = rounds.some((round) => conditions.some((condition) => round[condition].failures > 0))
      return failed || arrival.arrived !== arrival.appended || arrival.faults > 0 ? 1 : 0
    })
  },
}

/** One Petrel whose sink answers, and one whose sink does not until the end of the measurement. */
async function measureBoth(options: OutageOptions, folder: string): Promise<[Rounds, Arrival]> {
  logProgress('starting Apache Kafka')
  const gate = await Gate.reserve()
  const broker = await startKafka({ advertised: gate.address })
  const runtimes: Runtime[] = []
  try {
    gate.leadTo(broker.behindProxy)
    const [up, down] = [new Topic(broker.plaintext, 'bench-up'), new Topic(broker.plaintext, 'bench-down')]
    await up.create()
    await down.create()
    logProgress('building the Worker')
    const modules = await buildPetrel(join(folder, 'bundle'))
    const start = async (name: string, address: string, topic: Topic) => {
      const runtime = await startRuntime(modules, join(folder, name), kafkaVariables(address, topic.name))
      runtimes.push(runtime)
      const petrel = await Petrel.at(runtime.petrel)
      return { runtime, petrel, operation: await command.prepare(petrel, options.connections) }
    }
    const sides = {
      up: await start('up', broker.plaintext, up),
      down: await start('down', gate.address, down),
    }
    const rounds = await measureRounds(sides, options)
    logProgress('the sink comes back')
    await gate.set('open')
    return [rounds, await arrivalOf(down, sides.down.petrel)]
  } finally {
    for (const runtime of runtimes) await runtime.stop()
    await gate.remove()
    await broker.remove()
  }
}

interface Side {
  readonly runtime: Runtime
  readonly operation: Operation
}

/** In turn: up, down, and up again, which shows how far two measurements of the same lie apart. */
async function measureRounds(
  sides: { readonly up: Side; readonly down: Side },
  options: OutageOptions,
): Promise<Rounds> {
  const rounds: Record<Condition, Measurement>[] = []
  const idle = async () => {
    for (const { runtime } of [sides.up, sides.down]) await untilIdle(runtime.processId)
  }
  for (let number = 0; number <= options.rounds; number += 1) {
    const one = async (condition: Condition) => {
      await idle()
      const { runtime, operation } = condition === 'down' ? sides.down : sides.up
      const span = number === 0 ? WARM_UP : options.span
      const measured = await measure(runtime.petrel, runtime.processId, operation, options.connections, span)
      const { perSecond, p50, p99, firstFailure } = measured
      logProgress(
        `${number === 0 ? 'warm-up' : `round ${number} of ${options.rounds}`}: ${condition} ` +
          `${Math.round(perSecond)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
      )
      if (firstFailure !== null) logProgress(`  failed: ${firstFailure}`)
      return measured
    }
    const round = { up: await one('up'), down: await one('down'), again: await one('again') }
    if (number > 0) rounds.push(round)
  }
  await idle()
  return rounds
}

/** Waits until the topic has all that the products' logs have. */
async function arrivalOf(topic: Topic, petrel: Petrel): Promise<Arrival> {
  const startedAt = performance.now()
  const versions = await atOnce(commandSkus, (sku) => petrel.productVersion(sku))
  const appended = versions.reduce((sum, version) => sum + version, 0)
  const order = new OrderWatch()
  const seen = { offset: 0, arrived: 0, repeats: 0, faults: 0 }
  const arrived = () => commandSkus.reduce((sum, sku) => sum + order.versionOf(`product/${sku}`), 0)
  do {
    await pause(LOOK_EVERY)
    const batches = await topic.batchesFrom(seen.offset)
    const { repeats, faults } = order.follow(batches)
    seen.offset += messagesIn(batches)
    seen.repeats += repeats
    seen.faults += faults
  } while (arrived() < appended && performance.now() - startedAt < LOOK_FOR)
  const seconds = (performance.now() - startedAt) / 1_000
  return { appended, arrived: arrived(), repeats: seen.repeats, faults: seen.faults, seconds }
}
