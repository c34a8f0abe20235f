import { z } from 'zod'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import {
  type Replay,
  type ReplayProgress,
  type ReplayRequest,
  replayProgressSchema,
  replayRequestSchema,
} from './replay.ts'

const replayRow = z.object({ request: z.string(), progress: z.string(), answer: z.string().nullable() })
const laneRow = z.object({
  shard: z.int(),
  after: z.string().nullable(),
  exhausted: z.int(),
  failures: z.int(),
  retry_at: z.number(),
  error: z.string().nullable(),
})
const taskRow = z.object({
  position: z.int(),
  kind: z.string(),
  id: z.string(),
  version: z.int(),
  events: z.int(),
  attempts: z.int(),
})

/** The part of a replay that belongs to one forwarder. */
export interface Lane {
  readonly shard: number
  /** The last recorded stream of the forwarder that has become a task. */
  readonly after: Stream | null
  /** All its streams have become tasks. */
  readonly exhausted: boolean
  /** Failed tries in a row, and when the next one is due (Unix ms). */
  readonly failures: number
  readonly retryAt: number
  readonly error: string | null
}

/** One aggregate whose events are sent or counted. */
export interface Task {
  readonly position: number
  readonly stream: Stream
  /** Done up to this version, and the number of events up to it. */
  readonly version: number
  readonly events: number
  /** Failed tries in a row. */
  readonly attempts: number
}

/** A replay's own SQLite: its request, its progress, and its next tasks. */
export class ReplayStore {
  readonly #storage: DurableObjectStorage
  /** It never changes once it is stored. */
  #request: ReplayRequest | null = null

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** The replay; `null` where none was started. */
  read(): Replay | null {
    if (!this.#isOpen()) return null
    const [row] = this.#storage.sql.exec('SELECT request, progress, answer FROM replay').toArray()
    if (!row) return null
    const { request, progress } = replayRow.parse(row)
    this.#request ??= replayRequestSchema.parse(JSON.parse(request))
    return { request: this.#request, progress: replayProgressSchema.parse(JSON.parse(progress)) }
  }

  /** @throws Error where none was started, which can only be a defect */
  recorded(): Replay {
    const replay = this.read()
    if (!replay) throw new Error('a replay has lost its record')
    return replay
  }

  /** Stores a new replay. The tables are created only now, so that a read of an unknown one stores nothing. */
  create(request: ReplayRequest, progress: ReplayProgress): void {
    this.transaction(() => {
      this.#storage.sql.exec(`
        CREATE TABLE replay (
          one INTEGER PRIMARY KEY, request TEXT NOT NULL, progress TEXT NOT NULL, answer TEXT);
        CREATE TABLE lanes (
          shard INTEGER PRIMARY KEY, after TEXT, exhausted INTEGER NOT NULL, failures INTEGER NOT NULL,
          retry_at INTEGER NOT NULL, error TEXT);
        CREATE TABLE tasks (
          position INTEGER PRIMARY KEY, shard INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
          version INTEGER NOT NULL, events INTEGER NOT NULL, attempts INTEGER NOT NULL);
        CREATE INDEX tasks_by_lane ON tasks (shard, attempts, position);`)
      this.#storage.sql.exec(
        'INSERT INTO replay VALUES (1, ?, ?, NULL)',
        JSON.stringify(request),
        JSON.stringify(progress),
      )
    })
  }

  saveProgress(progress: ReplayProgress): void {
    this.#storage.sql.exec('UPDATE replay SET progress = ?', JSON.stringify(progress))
  }

  /** The answer to the request that started it: the first write wins. */
  answer(progress: ReplayProgress): ReplayProgress {
    this.#storage.sql.exec('UPDATE replay SET answer = coalesce(answer, ?)', JSON.stringify(progress))
    const { answer } = replayRow.parse(this.#storage.sql.exec('SELECT * FROM replay').one())
    return answer === null ? progress : replayProgressSchema.parse(JSON.parse(answer))
  }

  /** Starts a walk over these lanes, in place of an earlier one; without lanes there is none yet. */
  beginWalk(lanes: readonly { shard: number; tasks: readonly Stream[]; exhausted: boolean }[]): void {
    const { sql } = this.#storage
    sql.exec('DELETE FROM lanes; DELETE FROM tasks')
    for (const { shard, tasks, exhausted } of lanes) {
      sql.exec('INSERT INTO lanes VALUES (?, NULL, ?, 0, 0, NULL)', shard, exhausted ? 1 : 0)
      this.#addTasks(shard, tasks)
    }
  }

  /** Lanes with tasks left. None before a walk starts. */
  lanes(): Lane[] {
    const rows = this.#storage.sql
      .exec(
        `SELECT * FROM lanes WHERE exhausted = 0 OR EXISTS (SELECT 1 FROM tasks WHERE tasks.shard = lanes.shard)
         ORDER BY shard`,
      )
      .toArray()
    return rows.map((row) => {
      const { shard, after, exhausted, failures, retry_at, error } = laneRow.parse(row)
      return {
        shard,
        after: after === null ? null : streamSchema.parse(JSON.parse(after)),
        exhausted: exhausted === 1,
        failures,
        retryAt: retry_at,
        error,
      }
    })
  }

  /** Whether a walk has started, with or without tasks left. */
  hasLanes(): boolean {
    return this.#storage.sql.exec('SELECT 1 FROM lanes LIMIT 1').toArray().length > 0
  }

  /** Turns the next streams of a forwarder into tasks. */
  extend(shard: number, streams: readonly Stream[], after: Stream | null): void {
    this.transaction(() => {
      this.#addTasks(shard, streams)
      this.#storage.sql.exec(
        'UPDATE lanes SET after = ?, exhausted = ? WHERE shard = ?',
        after === null ? null : JSON.stringify(after),
        after === null ? 1 : 0,
        shard,
      )
    })
  }

  laneFailed(shard: number, failures: number, retryAt: number, error: string): void {
    this.#storage.sql.exec(
      'UPDATE lanes SET failures = ?, retry_at = ?, error = ? WHERE shard = ?',
      failures,
      retryAt,
      error,
      shard,
    )
  }

  laneWent(shard: number): void {
    this.#storage.sql.exec(
      'UPDATE lanes SET failures = 0, retry_at = 0, error = NULL WHERE shard = ? AND failures > 0',
      shard,
    )
  }

  /** The next tasks of a lane, failed ones last. */
  tasks(shard: number, limit: number): Task[] {
    const rows = this.#storage.sql
      .exec('SELECT * FROM tasks WHERE shard = ? ORDER BY attempts, position LIMIT ?', shard, limit)
      .toArray()
    return rows.map((row) => {
      const { kind, id, ...task } = taskRow.parse(row)
      return { ...task, stream: { kind, id } }
    })
  }

  taskWent(position: number, version: number, events: number): void {
    this.#storage.sql.exec(
      'UPDATE tasks SET version = ?, events = ?, attempts = 0 WHERE position = ?',
      version,
      events,
      position,
    )
  }

  /** Puts a task behind the others of its lane. */
  taskFailed(position: number): void {
    this.#storage.sql.exec('UPDATE tasks SET attempts = attempts + 1 WHERE position = ?', position)
  }

  taskDone(position: number): void {
    this.#storage.sql.exec('DELETE FROM tasks WHERE position = ?', position)
  }

  /** Runs several writes as one. */
  transaction(work: () => void): void {
    this.#storage.transactionSync(work)
  }

  #addTasks(shard: number, streams: readonly Stream[]): void {
    for (const { kind, id } of streams)
      this.#storage.sql.exec(
        'INSERT INTO tasks (shard, kind, id, version, events, attempts) VALUES (?, ?, ?, 0, 0, 0)',
        shard,
        kind,
        id,
      )
  }

  #isOpen(): boolean {
    const found = this.#storage.sql.exec(
      `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'replay'`,
    )
    return found.toArray().length > 0
  }
}
