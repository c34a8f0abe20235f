import { z } from 'zod'
import { MAX_ATTEMPTS } from '../../durable-objects/aggregate/effects/effects.ts'
import type { FailedEffect } from '../../durable-objects/aggregate/journal/stored-rows.ts'
import { millisecondsOf } from '../../shared/core/time.ts'
import type { Inspection } from '../world.ts'
import { always, atRest, finding } from './invariant.ts'
import { everyStream } from './streams.ts'

const registerRow = z.object({ kind: z.string(), aggregate_id: z.string(), effect_id: z.string() })
/** Folders of dead letters in the bucket; see `workers/api/ops/dead-letter-objects.ts`. */
const DEAD_LETTERS = /^(refused|invalid|undelivered|unprojected)\//
/** What only a defect leads to, whatever is down: a schema, a range, a command that its receiver refuses. */
const DEFECT = /ZodError|RangeError|UNIQUE constraint|^refused: (?!invalid_recipient|no_recipient)/
/** What no further try can change: the verdict of a schema or of a range, or a refusal. */
const PERMANENT = /ZodError|RangeError|^refused: /

/** A report to the register that was not answered. */
const LATE_REPORT = /INSERT INTO parked_effects/

export const parkedForAReason = always(
  'effects are parked only where a fault explains it',
  `No effect gives up without a fault, because of a defect, or before ${MAX_ATTEMPTS} tries where a further one could succeed.`,
  function* (inspection) {
    for (const { name, failedEffects } of everyStream(inspection))
      for (const { id, effect, attempts, parked, error } of failedEffects) {
        const isDefect = DEFECT.test(error) && !(effect.type === 'call' && isExternal(effect.port))
        const isEarly = attempts < MAX_ATTEMPTS && !PERMANENT.test(error)
        if ((parked && (inspection.faults.length === 0 || isEarly)) || isDefect)
          yield finding(
            `${name}: the effect ${id} (${describe(effect)}) ${parked ? 'is parked' : 'has failed'} after ${attempts} tries: ${error}.`,
            name,
          )
      }
  },
)

export const parkedAreRegistered = atRest(
  'parked effects are known to operators',
  'The register has each parked effect and no other, and each has raised SystemError, unless the queue was lost with its process.',
  function* (inspection) {
    const registered = new Map(
      inspection
        .database('SELECT kind, aggregate_id, effect_id FROM parked_effects')
        .map((row) => registerRow.parse(row))
        .map((row) => [row.effect_id, row]),
    )
    const raised = eventIdsAt(inspection)
    for (const { name, failedEffects } of everyStream(inspection))
      for (const { id, parked, reported, nextAt } of failedEffects) {
        if (!parked) continue
        if (!registered.delete(id))
          yield finding(
            `${name}: the effect ${id} is parked${reported ? ' and marked as reported' : ''}, but not in the register.`,
            name,
          )
        // No log has a SystemError, from which it could be sent again. The register has the effect.
        const isLost = inspection.faults.some(
          ({ kind, at }) => kind === 'messages lost' && at >= millisecondsOf(nextAt),
        )
        if (!isLost && !raised.has(`${id}/parked`))
          yield finding(
            `${name}: the effect ${id} is parked, but no SystemError has arrived at the sink.`,
            name,
          )
      }
    // What the database carried out late is removed when an operator retries it.
    const isLate = inspection.faults.some(
      ({ kind, target }) => kind === 'database hang' && LATE_REPORT.test(target),
    )
    if (isLate) return
    for (const { kind, aggregate_id, effect_id } of registered.values())
      yield finding(
        `The register has the effect ${effect_id}, which is not parked (any more).`,
        `${kind}/${aggregate_id}`,
      )
  },
)

export const deadLettersForAReason = always(
  'dead letters only where a fault explains them',
  'Without a fault no event or message is set aside; nothing is ever set aside because it cannot be read.',
  function* (inspection) {
    for (const { key, text } of inspection.bucket()) {
      if (!DEAD_LETTERS.test(key)) continue
      if (inspection.faults.length === 0 || key.startsWith('invalid/'))
        yield finding(`The bucket has the dead letter ${key}: ${text}`)
    }
  },
)

/** Ports whose other side refuses for reasons of its own. */
function isExternal(port: string): boolean {
  return port === 'mailer' || port === 'payments' || port === 'carrier'
}

function describe(effect: FailedEffect['effect']): string {
  return effect.type === 'call'
    ? `${effect.port}.${effect.operation}`
    : effect.steps.map(({ to, command }) => `${command.type} to ${to.kind}/${to.id}`).join(', ')
}

const identified = z.object({ id: z.string() })

function eventIdsAt({ arrivals }: Inspection): ReadonlySet<string> {
  return new Set(arrivals.map(({ text }) => identified.parse(JSON.parse(text)).id))
}
