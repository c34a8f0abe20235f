import { backoffMs } from '../../shared/core/backoff.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { earlier, MINUTE } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'
import { forwarderAt, knownForwarders, recordedStreams, shardOfStream } from '../forwarder/forwarders.ts'
import type { Redelivered } from '../forwarder/protocol.ts'
import type { Lane, ReplayStore, Task } from './store.ts'

/** Forwarders that are called at the same time, and aggregates of one forwarder. */
const LANE_CONCURRENCY = 8
const TASK_CONCURRENCY = 4
/** Streams per page of a checkpoint store. */
const STREAMS_A_PAGE = 100
/** Shard look-ups at the same time. */
const SHARD_LOOKUP_CONCURRENCY = 50
/** For one page, including the wait behind live batches. */
const ANSWER_TIMEOUT_MS = MINUTE
/** The waits for a sink or a forwarder. */
const RETRY = { firstMs: 200, maxMs: MINUTE } as const
/** An aggregate that fails this often in a row is left out of the count, which only serves progress. */
const MAX_COUNT_ATTEMPTS = 5

/** The wait after a number of failures in a row (ms). */
export function waitAfter(failures: number): number {
  return backoffMs(RETRY, failures, Math.random())
}

/**
 * Walks over all aggregates of a replay, to count their events or to send them: one lane per forwarder, in
 * parallel. A lane that fails waits, and tries its other aggregates first.
 */
export class ReplayWalk {
  readonly #env: Env
  readonly #store: ReplayStore

  constructor(env: Env, store: ReplayStore) {
    this.#env = env
    this.#store = store
  }

  /**
   * Works until a time (Unix ms). Returns when there is more to do (Unix ms); `null` when nothing is left.
   *
   * @throws whatever the register of forwarders throws, before any work
   */
  async goOn(until: number): Promise<number | null> {
    if (!this.#store.hasLanes()) {
      const lanes = await this.#lanes()
      // It was cancelled meanwhile.
      if (this.#store.recorded().progress.finishedAt !== null) return null
      this.#store.beginWalk(lanes)
    }
    const due = this.#store.lanes().filter(({ retryAt }) => retryAt <= Date.now())
    await mapBounded(due, LANE_CONCURRENCY, ({ shard }) => this.#follow(shard, until))
    const left = this.#store.lanes()
    this.#tellFaults()
    return left.length === 0 ? null : Math.max(Date.now(), Math.min(...left.map(({ retryAt }) => retryAt)))
  }

  /** The lanes of a new walk: of named aggregates, or of all known forwarders. */
  async #lanes() {
    const { request } = this.#store.recorded()
    if (!request.streams) {
      const known = await knownForwarders(this.#env)
      return known.map((shard) => ({ shard, tasks: [], exhausted: false }))
    }
    const shards = await mapBounded(request.streams, SHARD_LOOKUP_CONCURRENCY, async (stream) => ({
      stream,
      shard: await shardOfStream(this.#env, stream),
    }))
    const lanes = Map.groupBy(shards, ({ shard }) => shard)
    return [...lanes].map(([shard, tasks]) => ({
      shard,
      tasks: tasks.map(({ stream }) => stream),
      exhausted: true,
    }))
  }

  async #follow(shard: number, until: number): Promise<void> {
    while (Date.now() < until) {
      const lane = this.#store.lanes().find((one) => one.shard === shard)
      if (!lane) return
      const fault = await this.#step(lane).catch(faultText)
      if (fault === null) {
        this.#store.laneWent(shard)
        continue
      }
      const failures = lane.failures + 1
      this.#store.laneFailed(shard, failures, Date.now() + waitAfter(failures), fault)
      this.#tellFaults()
      return
    }
  }

  /** Returns what went wrong, if anything. @throws Error when the forwarder does not list its streams */
  async #step({ shard, exhausted, after }: Lane): Promise<string | null> {
    const tasks = this.#store.tasks(shard, TASK_CONCURRENCY)
    const fresh = tasks.filter(({ attempts }) => attempts === 0)
    if (fresh.length === 0 && !exhausted) {
      await this.#extend(shard, after)
      return null
    }
    const faults = await Promise.all(
      (fresh.length > 0 ? fresh : tasks).map((task) => this.#doPage(shard, task)),
    )
    return faults.find((fault) => fault !== null) ?? null
  }

  /** Makes tasks of the next streams that a forwarder records. */
  async #extend(shard: number, after: Stream | null): Promise<void> {
    const { kinds } = this.#store.recorded().request
    const { streams, next } = await recordedStreams(this.#env, shard, {
      ...(kinds && { kinds }),
      after,
      limit: STREAMS_A_PAGE,
    })
    const plain = streams.map(({ stream }) => stream)
    this.#store.extend(shard, plain, next)
  }

  /** Returns why a page has to be tried again, if it has to. */
  async #doPage(shard: number, task: Task): Promise<string | null> {
    const { status } = this.#store.recorded().progress
    const page = await this.#redeliver(shard, task)
    // It was cancelled meanwhile.
    if (this.#store.recorded().progress.status !== status) return null
    if (page.error === undefined) {
      this.#book(task, page)
    } else if (status === 'counting' && task.attempts + 1 >= MAX_COUNT_ATTEMPTS) {
      this.#leaveOut(task)
    } else {
      this.#store.taskFailed(task.position)
      const { kind, id } = task.stream
      return `${streamName(kind, id)}: ${page.error}`
    }
    return null
  }

  #book({ position, events }: Task, page: Redelivered): void {
    const { progress } = this.#store.recorded()
    const touched = events + page.events + page.refused
    const part = progress.status === 'counting' ? 'counted' : 'sent'
    this.#store.transaction(() => {
      if (page.next === null) this.#store.taskDone(position)
      else this.#store.taskWent(position, page.next, touched)
      this.#store.saveProgress({
        ...progress,
        refused: progress.refused + page.refused,
        [part]: {
          aggregates: progress[part].aggregates + (page.next === null && touched > 0 ? 1 : 0),
          events: progress[part].events + page.events,
        },
      })
    })
  }

  /** One page of an aggregate; a forwarder that does not answer is an `error` too. */
  async #redeliver(shard: number, { stream, version }: Task): Promise<Redelivered> {
    const { request, progress } = this.#store.recorded()
    const { from, to = progress.startedAt, target } = request
    const call = forwarderAt(this.#env, shard).redeliver({
      stream,
      after: version,
      ...(from !== undefined && { from }),
      // Later events are published anyway.
      to: earlier(to, progress.startedAt),
      ...(target !== undefined && { target }),
      dryRun: progress.status === 'counting',
    })
    try {
      return await withTimeLimit(call, ANSWER_TIMEOUT_MS, 'a redelivery')
    } catch (thrown) {
      return { events: 0, refused: 0, next: version, error: faultText(thrown) }
    }
  }

  #leaveOut({ position }: Task): void {
    const { progress } = this.#store.recorded()
    this.#store.transaction(() => {
      this.#store.taskDone(position)
      this.#store.saveProgress({ ...progress, uncounted: progress.uncounted + 1 })
    })
  }

  /** Shows why lanes wait, for as long as they do. */
  #tellFaults(): void {
    const { progress } = this.#store.recorded()
    const waiting = this.#store.lanes().find(({ error }) => error !== null)
    const error = waiting?.error ?? null
    if (error !== progress.error) this.#store.saveProgress({ ...progress, error })
  }
}
