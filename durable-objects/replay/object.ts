import { DurableObject } from 'cloudflare:workers'
import { faultText } from '../../shared/core/text/text.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { WaitingRoom } from '../aggregate/waiting-room.ts'
import type { Env } from '../env.ts'
import { clock } from '../sandbox/clock.ts'
import {
  type Replay,
  type ReplayProgress,
  type ReplayRequest,
  type ReplayRpc,
  type ReplayStarted,
  replayRequestSchema,
} from './replay.ts'
import { ReplayStore } from './store.ts'
import { ReplayWalk, waitAfter } from './walk.ts'

/** How long one alarm works (ms); the next continues. */
const SLICE = 5 * SECOND
/** If the runtime dies while it works, an alarm continues after this (ms). */
const GO_ON_AFTER = MINUTE

/**
 * One replay: forwarded events of many aggregates, counted and then sent again through the forwarders.
 * Its progress is stored page by page, so that it resumes after a crash; the page in flight may then be sent
 * twice, under the same ids. Failures are retried with backoff, and show in `error`.
 */
export class ReplayObject extends DurableObject<Env> implements ReplayRpc {
  readonly #store = new ReplayStore(this.ctx.storage)
  readonly #walk = new ReplayWalk(this.env, this.#store)
  readonly #waitingRoom = new WaitingRoom()
  /** Slices in a row that failed before they began. */
  #failures = 0

  /** Starts the replay, once. With `waitMilliseconds` it answers when the replay has ended, or after that time. */
  async start(input: ReplayRequest, waitMilliseconds = 0): Promise<ReplayStarted> {
    const request = replayRequestSchema.parse(input)
    await clock.sync(this.env)
    const before = this.#store.read()
    if (before && JSON.stringify(before.request) !== JSON.stringify(request)) return { ok: false }
    if (!before) {
      this.#store.create(request, {
        status: 'counting',
        counted: { aggregates: 0, events: 0 },
        isCounted: false,
        sent: { aggregates: 0, events: 0 },
        refused: 0,
        uncounted: 0,
        startedAt: clock.now(),
        finishedAt: null,
        error: null,
      })
      // In the same tick as the record, and so in the same transaction.
      void this.ctx.storage.setAlarm(Date.now())
    }
    const isUnderWay = () => this.#store.read()?.progress.finishedAt === null
    if (waitMilliseconds > 0 && isUnderWay()) await this.#waitingRoom.wait(waitMilliseconds)
    const { progress } = this.#store.recorded()
    return {
      ok: true,
      replay: { request, progress: this.#store.answer(progress) },
      replayed: before !== null,
    }
  }

  /** The replay with its progress; `null` where none was started. */
  async read(): Promise<Replay | null> {
    return this.#store.read()
  }

  /** Cancels it. Returns its final progress; `null` where none was started. */
  async cancel(): Promise<Replay | null> {
    const replay = this.#store.read()
    if (!replay || replay.progress.finishedAt !== null) return replay
    await clock.sync(this.env)
    const present = this.#store.recorded()
    if (present.progress.finishedAt !== null) return present
    return { ...present, progress: this.#end('cancelled', present.progress) }
  }

  /** Works for one slice, and sets the alarm for the rest. */
  override async alarm(): Promise<void> {
    try {
      await this.#work()
    } catch (thrown) {
      await this.#logError(thrown)
    }
  }

  async #work(): Promise<void> {
    const replay = this.#store.read()
    if (!replay || replay.progress.finishedAt !== null) return
    await this.ctx.storage.setAlarm(Date.now() + GO_ON_AFTER)
    await clock.sync(this.env)
    const next = await this.#walk.goOn(Date.now() + SLICE)
    this.#failures = 0
    const { progress } = this.#store.recorded()
    if (progress.finishedAt !== null) return
    if (next !== null) return this.ctx.storage.setAlarm(next)
    if (progress.status === 'running') this.#end('finished', progress)
    else if (replay.request.dryRun) this.#end('finished', { ...progress, isCounted: true })
    else this.#beginSending(progress)
  }

  #beginSending(progress: ReplayProgress): void {
    this.#store.transaction(() => {
      this.#store.saveProgress({ ...progress, status: 'running', isCounted: true })
      this.#store.beginWalk([])
    })
    void this.ctx.storage.setAlarm(Date.now())
  }

  #end(status: 'finished' | 'cancelled', progress: ReplayProgress): ReplayProgress {
    const ended = { ...progress, status, finishedAt: clock.now(), error: null }
    this.#store.transaction(() => {
      this.#store.saveProgress(ended)
      this.#store.beginWalk([])
    })
    void this.ctx.storage.deleteAlarm()
    this.#waitingRoom.open()
    return ended
  }

  /** After an error that is thrown, the platform stops after six tries. */
  async #logError(thrown: unknown): Promise<void> {
    this.#failures += 1
    const error = faultText(thrown)
    console.error(JSON.stringify({ level: 'error', where: 'replay', fault: error }))
    try {
      await this.ctx.storage.setAlarm(Date.now() + waitAfter(this.#failures))
      const replay = this.#store.read()
      if (replay?.progress.finishedAt === null) this.#store.saveProgress({ ...replay.progress, error })
    } catch {
      // Its storage is broken: the alarm that was set before the work fires again.
    }
  }
}
