import { z } from 'zod'
import { earlier, instantOf, LATEST, MINUTE, millisecondsOf } from '../../shared/core/time.ts'
import type { Inspection } from '../world.ts'
import { atRest, finding } from './invariant.ts'
import { everyStream, type Stream, versionOf } from './streams.ts'

/** How late a timer may be (ms): alarms are late, and one that fails is tried again a minute later. */
const SLACK_MS = 10 * MINUTE

const backlogRow = z.object({
  kind: z.string(),
  id: z.string(),
  delivered: z.int(),
  known: z.int(),
  due_at: z.int().nullable(),
  held_at: z.int().nullable(),
})
const replayRow = z.object({ progress: z.string() })
const progressSchema = z.looseObject({
  status: z.string(),
  finishedAt: z.string().nullable(),
  error: z.string().nullable(),
})

export const timersFire = atRest(
  'no timer is lost',
  'No timer is overdue, and an object with something left to do has an alarm in time for it.',
  function* (inspection) {
    for (const stream of everyStream(inspection)) {
      const { name, timers, object } = stream
      for (const { id, at, command } of timers)
        if (millisecondsOf(at) < inspection.now - SLACK_MS)
          yield finding(
            `The timer ${id} of ${name} was due at ${at}, and ${JSON.stringify(command)} has not run.`,
            name,
          )
      const due = nextDue(stream)
      if (due !== null && (object.alarm === null || object.alarm > Math.max(due, inspection.now)))
        yield finding(
          `${name} has something to do at ${instantOf(due)}, but its alarm is ` +
            `${object.alarm === null ? 'not set' : `set to ${instantOf(object.alarm)}`}.`,
          name,
        )
    }
  },
)

export const forwardersRest = atRest(
  'forwarders have nothing left to send',
  'No forwarder has a backlog, except behind a dead letter in strict order.',
  function* (inspection) {
    for (const object of objectsOf(inspection, 'ForwarderObject')) {
      for (const row of object.rows(
        'SELECT * FROM streams WHERE owed_since IS NOT NULL AND held_at IS NULL',
      )) {
        const { kind, id, delivered, known, due_at } = backlogRow.parse(row)
        yield finding(
          `The forwarder ${object.name} has ${kind}/${id} at version ${delivered} of ${known}, due at ` +
            `${due_at === null ? 'no time' : instantOf(due_at)}, with its alarm ${object.alarm ?? 'not set'}.`,
          `${kind}/${id}`,
        )
      }
      const [waiting] = object.rows('SELECT count(*) AS count FROM loose')
      if (waiting && waiting.count !== 0)
        yield finding(`The forwarder ${object.name} still has ${waiting.count} events without a log to send.`)
    }
  },
)

export const replaysEnd = atRest(
  'every replay ends',
  'A replay that was started is finished or cancelled.',
  function* (inspection) {
    for (const object of objectsOf(inspection, 'ReplayObject'))
      for (const row of object.rows('SELECT progress FROM replay')) {
        const { status, finishedAt, error } = progressSchema.parse(JSON.parse(replayRow.parse(row).progress))
        if (finishedAt === null)
          yield finding(`The replay ${object.name} is still ${status}${error === null ? '' : `: ${error}`}.`)
      }
  },
)

function objectsOf({ objects }: Inspection, className: string) {
  return objects.filter((object) => object.className === className)
}

/** When an object has something to do next (Unix ms), by what it has stored; `null`: nothing. */
function nextDue(stream: Stream): number | null {
  const { timers, failedEffects, identity } = stream
  const due = timers.map(({ at }) => millisecondsOf(earlier(at, LATEST)))
  for (const { parked, reported, nextAt } of failedEffects) {
    if (!parked) due.push(millisecondsOf(nextAt))
    else if (!reported) due.push(0)
  }
  if (identity.published < versionOf(stream) || identity.reacted < versionOf(stream)) due.push(0)
  return due.length === 0 ? null : Math.min(...due)
}
