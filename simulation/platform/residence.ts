import type { Scheduler, Task } from '../kernel/scheduler.ts'
import type { Life } from './life.ts'

/** How long an object without any work stays in memory (ms): workerd takes it out then; the cloud when it likes. */
const LEAST_IDLE_MS = 10_000
const MOST_IDLE_MS = 140_000
/**
 * In the cloud, timers and background work do not hold an object for ever: so long after its last call or alarm it is
 * taken out of memory in the middle of them (ms). On workerd they hold it until they end. See
 * https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/: newer compatibility dates than
 * this Worker's let each of them hold it for up to fifteen minutes, which is kinder.
 */
const LEAST_UNATTENDED_MS = 70_000
const MOST_UNATTENDED_MS = 140_000
/** What is on its way to the disk arrives before the object leaves (ms). */
const SETTLE_MS = 50

/**
 * Takes an object out of memory when it has had no work for a while since its last work ended. One look is due at most,
 * and none while a call or an alarm is under way.
 *
 * @param leave called once, when nothing of the life is on its way to the disk
 */
export function watchResidence(
  life: Life,
  { scheduler, platform }: { readonly scheduler: Scheduler; readonly platform: 'local' | 'cloud' },
  leave: () => void,
): void {
  const random = life.random.fork('residence')
  const idleMs = platform === 'local' ? LEAST_IDLE_MS : random.between(LEAST_IDLE_MS, MOST_IDLE_MS)
  const unattendedMs =
    platform === 'local' ? Number.POSITIVE_INFINITY : random.between(LEAST_UNATTENDED_MS, MOST_UNATTENDED_MS)
  /** When it leaves if nothing new comes (Unix ms). */
  const leavesAt = (): number => {
    if (life.calls.size > 0) return Number.POSITIVE_INFINITY
    return life.hasWork ? life.calledAt + unattendedMs : life.workedAt + idleMs
  }
  let next: Task | null = null
  const lookAt = (at: number) => {
    if (next) next.cancelled = true
    next = scheduler.schedule(life, at - scheduler.now, `${life.name} idle?`, look)
  }
  const look = () => {
    next = null
    const at = leavesAt()
    if (at > scheduler.now) life.onRest()
    else if (life.object.storage.isSettled) leave()
    else lookAt(scheduler.now + SETTLE_MS)
  }
  life.onRest = () => {
    const at = leavesAt()
    if (Number.isFinite(at) && (!next || at < next.at)) lookAt(at)
  }
  life.onRest()
}
