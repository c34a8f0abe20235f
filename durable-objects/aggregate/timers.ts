import { MINUTE, plus } from '../../shared/core/time.ts'
import { eventId } from '../../shared/stream-names.ts'
import { clock } from '../sandbox/clock.ts'
import type { CommandHandler } from './command-handler.ts'
import type { FaultLog } from './fault-log.ts'
import type { AnyJournal } from './journal/journal.ts'

/** One alarm fires at most this many timers; the next alarm fires the rest. */
const MAX_TIMERS_PER_ALARM = 50

/** Fires the timers that are due, in order. */
export function fireDueTimers(
  journal: AnyJournal,
  commands: CommandHandler<unknown>,
  faults: FaultLog,
): void {
  const now = clock.now()
  const { cache, aggregate } = journal
  const due = [...cache.timers.values()].filter((timer) => timer.at <= now)
  due.sort((a, b) => (`${a.at} ${a.id}` < `${b.at} ${b.id}` ? -1 : 1))
  for (const timer of due.slice(0, MAX_TIMERS_PER_ALARM)) {
    // An earlier timer may have moved or removed this one.
    if (cache.id === null || cache.timers.get(timer.id)?.at !== timer.at) continue
    const correlationId = `${eventId(aggregate.kind, cache.id, journal.cache.version)}@${timer.id}`
    const trace = { correlationId, ...(timer.cause && { causationId: timer.cause }) }
    try {
      commands.fire(cache.id, timer.id, timer.command, trace)
    } catch (fault) {
      // Postponed: a defect in one timer neither stops the others nor fires the alarm without end.
      faults.log(`timer ${timer.id}`, fault)
      journal.postponeTimer({ ...timer, at: plus(clock.now(), MINUTE) })
    }
  }
}
