import type { Timer } from '../../shared/core/effect.ts'
import { MINUTE, plus } from '../../shared/core/time.ts'
import { eventId } from '../../shared/stream-names.ts'
import { clock } from '../sandbox/clock.ts'
import type { CommandHandler } from './command-handler.ts'
import type { FaultLog } from './fault-log.ts'
import type { Journal } from './journal/journal.ts'

/** At most so many timers fire in one alarm; the next takes the rest. */
const MAX_TIMERS_PER_ALARM = 50

/** Fires the timers that are due. */
export class Timers<State> {
  readonly #journal: Journal<State>
  readonly #commands: CommandHandler<State>
  readonly #faults: FaultLog

  constructor(journal: Journal<State>, commands: CommandHandler<State>, faults: FaultLog) {
    this.#journal = journal
    this.#commands = commands
    this.#faults = faults
  }

  fireDue(): void {
    const now = clock.now()
    const { timers } = this.#journal.cache
    const due = [...timers.values()].filter((timer) => timer.at <= now)
    due.sort((a, b) => (`${a.at} ${a.id}` < `${b.at} ${b.id}` ? -1 : 1))
    for (const timer of due.slice(0, MAX_TIMERS_PER_ALARM)) {
      // An earlier timer may have moved or removed this one.
      if (timers.get(timer.id)?.at === timer.at) this.#fire(timer)
    }
  }

  #fire(timer: Timer): void {
    const { aggregate, cache } = this.#journal
    if (cache.id === null) return
    const correlationId = `${eventId(aggregate.kind, cache.id, cache.version)}@${timer.id}`
    const trace = { correlationId, ...(timer.cause && { causationId: timer.cause }) }
    try {
      this.#commands.fire(cache.id, timer.id, timer.command, trace)
    } catch (fault) {
      // Moved, not dropped: a defect in one timer neither stops the others nor fires the alarm without end.
      this.#faults.log(`timer ${timer.id}`, fault)
      this.#journal.postponeTimer({ ...timer, at: plus(clock.now(), MINUTE) })
    }
  }
}
