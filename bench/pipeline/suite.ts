import { writeFileSync } from 'node:fs'
import { logProgress, MisuseError, type Suite } from '../suite.ts'
import { untilIdle } from '../workerd/processor.ts'
import { withFolder } from '../workerd/workspace.ts'
import { type Measure, measures } from './measures.ts'
import { TIMED_SHARE } from './observer.ts'
import { PIPELINE_USAGE, type PipelineOptions, readPipelineOptions } from './options.ts'
import { OrderWatch } from './order.ts'
import { type Round, render, reportOn } from './report.ts'
import { type Stand, withStand } from './stand.ts'
import { messagesIn, rateSince } from './topic.ts'

/** Before the first round each measurement runs once with so many events, for both sides to compile what they need. */
const WARM_UP_EVENTS = 2_000

/** What a message with an event of the bench has (bytes of JSON), about. */
const QUEUED_BYTES = 800

/** From append to acknowledged sink, beside plain kafkajs. */
export const pipelineSuite: Suite = {
  summary: 'events from append to an acknowledging Kafka, beside plain kafkajs with the same batches',
  usage: PIPELINE_USAGE,
  async run(args) {
    const options = readPipelineOptions(args)
    for (const name of options.only ?? [])
      if (!measures.some((measure) => measure.name === name))
        throw new MisuseError(`There is no measurement ${name}.`)
    return withFolder(options.storage, (folder) =>
      withStand(options, folder, async (stand) => {
        const report = reportOn(options, await measureAll(stand, options))
        process.stdout.write(`\n${render(report)}`)
        if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
        return report.rows.some(({ rounds }) => rounds.some(({ faults }) => faults > 0)) ? 1 : 0
      }),
    )
  },
}

/** All measurements in turn, round by round, each followed by plain kafkajs with the same batches. */
async function measureAll(stand: Stand, options: PipelineOptions) {
  const chosen = measures.filter(({ name }) => options.only?.includes(name) ?? true)
  const rows = chosen.map((measure) => ({ measure, rounds: [] as Round[] }))
  const queueAlone: number[] = []
  const order = new OrderWatch()
  let seen = 0
  const follow = async () => {
    const batches = await stand.topic.batchesFrom(seen)
    seen += messagesIn(batches)
    return order.follow(batches)
  }
  await untilIdle(stand.runtime.processId)
  await follow()
  for (let number = 0; number <= options.rounds; number += 1) {
    for (const { measure, rounds } of rows) {
      const planned =
        number === 0
          ? { ...options, events: WARM_UP_EVENTS, span: { rampUp: 3_000, measured: 2_000 } }
          : options
      const round = { ...(await measureOnce(stand, measure, planned)), ...(await follow()) }
      const { petrelPerSecond, plainPerSecond } = round
      logProgress(
        `${number === 0 ? 'warm-up' : `round ${number} of ${options.rounds}`}: ${measure.name} ` +
          `${Math.round(petrelPerSecond)}/s, plain ${Math.round(plainPerSecond)}/s, ` +
          `ratio ${(petrelPerSecond / plainPerSecond).toFixed(2)}`,
      )
      if (number > 0) rounds.push(round)
    }
    await untilIdle(stand.runtime.processId)
    const alone = await stand.observer.queueAlone(options.events, QUEUED_BYTES)
    if (number > 0) queueAlone.push(alone)
  }
  return { rows: rows.map(({ measure: { name, title }, rounds }) => ({ name, title, rounds })), queueAlone }
}

async function measureOnce(
  stand: Stand,
  measure: Measure,
  options: PipelineOptions,
): Promise<Omit<Round, 'repeats' | 'faults'>> {
  await untilIdle(stand.runtime.processId)
  const { perSecond, batches, processorTime, costs } = await measure.run(stand, options)
  await untilIdle(stand.runtime.processId)
  const events = messagesIn(batches)
  const start = await stand.plainTopic.end()
  const plain = await stand.plain.send(stand.plainTopic.name, batches)
  const sent = await stand.plainTopic.batchesFrom(start)
  return {
    petrelPerSecond: perSecond,
    plainPerSecond: rateSince(plain.startedAt, sent, TIMED_SHARE),
    batches: batches.length,
    events,
    processorTime,
    plainProcessorTime: plain.processorTime / events,
    costs,
  }
}
