import type { Random } from '../kernel/random.ts'
import { Database, SimulatedSql } from './sql.ts'

const LATEST_ALARM = Date.UTC(2189, 0, 1)

/** What one turn of an object has written, until it is durable. */
interface Turn {
  readonly number: number
  /** The alarm (Unix ms) after the turn. */
  alarm: number | null
  /** Whether the turn has set the alarm: the same time once more is a new alarm if the one before has fired. */
  isAlarmSet: boolean
  isSealed: boolean
}

/**
 * The storage of one object over all its lives. The writes of a turn (until the next await that really waits) are one
 * transaction, which becomes durable some time later; a crash drops those that are not, newest first.
 */
export class ObjectStorage {
  readonly database = new Database()
  readonly #random: Random
  readonly #written: () => void
  #turns: Turn[] = []
  #count = 0
  /** The number of the newest durable turn. */
  #durable = 0
  /** The alarm whose handler runs (Unix ms). */
  #firing: number | null = null
  /** The alarm that is durable (Unix ms). */
  durableAlarm: number | null = null
  /** Things that wait until a turn is durable. */
  #waiting: { readonly turn: number; readonly action: () => void }[] = []

  /** @param written called when a turn begins to write */
  constructor(random: Random, written: () => void) {
    this.#random = random
    this.#written = written
  }

  /** The alarm as the object sees it: none while its handler runs, until it sets another. */
  get alarm(): number | null {
    return this.#firing !== null && this.#firing === this.#setAlarm ? null : this.#setAlarm
  }

  set alarm(at: number | null) {
    this.#firing = null
    const turn = this.write()
    turn.alarm = at
    turn.isAlarmSet = true
  }

  /** Whether an alarm is stored: the one whose handler runs is, until the handler has succeeded. */
  get hasAlarm(): boolean {
    return this.#setAlarm !== null
  }

  /** The alarm's handler begins. The alarm stays durable until the handler has succeeded. */
  alarmFires(at: number): void {
    this.#firing = at
  }

  /** The alarm's handler has succeeded: the alarm is deleted, unless the handler has set another. */
  alarmFired(): void {
    if (this.#firing !== null && this.#firing === this.#setAlarm) this.alarm = null
    this.#firing = null
  }

  /** The alarm's handler has thrown: its alarm stays. */
  alarmFailed(): void {
    this.#firing = null
  }

  /** The alarm is not tried any more. */
  alarmGivenUp(): void {
    this.alarm = null
  }

  /** Remembers the alarm; the result puts it back as it was. */
  alarmAsItIs(): () => void {
    const [alarm, firing] = [this.#setAlarm, this.#firing]
    return () => {
      this.#firing = firing
      this.write().alarm = alarm
    }
  }

  get #setAlarm(): number | null {
    const last = this.#turns.at(-1)
    return last ? last.alarm : this.durableAlarm
  }

  /** Opens the transaction of this turn, if it is not open. */
  write(): Turn {
    const last = this.#turns.at(-1)
    if (last && !last.isSealed) return last
    this.#count += 1
    const turn = { number: this.#count, alarm: this.#setAlarm, isAlarmSet: false, isSealed: false }
    this.#written()
    this.database.repeat(`SAVEPOINT turn_${this.#turns.length}`)
    this.#turns.push(turn)
    return turn
  }

  /** Ends the turn; returns its number if something was written. */
  seal(): number | null {
    const last = this.#turns.at(-1)
    if (!last || last.isSealed) return null
    last.isSealed = true
    return last.number
  }

  /** Does something as soon as all that is written so far is durable: the output gate. */
  whenDurable(action: () => void): void {
    const last = this.#turns.at(-1)
    if (!last) action()
    else this.#waiting.push({ turn: last.number, action })
  }

  /** A turn has reached the disk, and so have those before it. Returns whether they have set the alarm. */
  flush(number: number): boolean {
    if (number <= this.#durable) return false
    const turn = this.#turns.find((one) => one.number === number)
    if (!turn) return false
    const isAlarmSet = this.#turns.some(
      (one) => one.isAlarmSet && one.number > this.#durable && one.number <= number,
    )
    this.#durable = number
    this.durableAlarm = turn.alarm
    if (turn === this.#turns.at(-1)) {
      this.database.repeat('RELEASE turn_0')
      this.#turns = []
    }
    const open = this.#waiting.filter((one) => one.turn <= number)
    this.#waiting = this.#waiting.filter((one) => one.turn > number)
    for (const { action } of open) action()
    return isAlarmSet
  }

  /** The object is gone. What was on its way to the disk may have reached it; what was not sealed has not. */
  crash(): void {
    this.#waiting = []
    this.#firing = null
    if (this.#turns.length === 0) return
    const sealed = this.#turns.filter(({ isSealed }) => isSealed)
    const safe = sealed.filter(({ number }) => number <= this.#durable).length
    const kept = this.#random.between(safe, sealed.length)
    if (kept < this.#turns.length) this.database.repeat(`ROLLBACK TO turn_${kept}`)
    this.database.repeat('RELEASE turn_0')
    this.durableAlarm = this.#turns[kept - 1]?.alarm ?? (kept === 0 ? this.durableAlarm : null)
    this.#turns = []
    this.#durable = this.#count
  }

  /** Nothing is on its way to the disk. */
  get isSettled(): boolean {
    return this.#turns.length === 0
  }
}

/** `DurableObjectStorage`, as far as an object with SQLite uses it. */
export class SimulatedStorage {
  readonly sql: SimulatedSql
  readonly #owned: ObjectStorage
  readonly #isAlive: () => boolean
  #nested = 0

  /** @param isAlive whether the life goes on to which this storage was given */
  constructor(storage: ObjectStorage, isAlive: () => boolean) {
    this.#owned = storage
    this.#isAlive = isAlive
    this.sql = new SimulatedSql(
      () => this.#storage.database,
      () => this.#storage.write(),
    )
  }

  /** @throws Error after the end of the life: what still runs of it must not touch the next one's storage */
  get #storage(): ObjectStorage {
    if (!this.#isAlive()) throw new Error('The object was reset; its storage is not there any more.')
    return this.#owned
  }

  transactionSync<Result>(work: () => Result): Result {
    const { database } = this.#storage
    this.#storage.write()
    this.#nested += 1
    const name = `nested_${this.#nested}`
    const restoreAlarm = this.#storage.alarmAsItIs()
    database.repeat(`SAVEPOINT ${name}`)
    try {
      const result = work()
      database.repeat(`RELEASE ${name}`)
      return result
    } catch (fault) {
      database.repeat(`ROLLBACK TO ${name}`)
      database.repeat(`RELEASE ${name}`)
      restoreAlarm()
      throw fault
    } finally {
      this.#nested -= 1
    }
  }

  async setAlarm(at: number | Date): Promise<void> {
    const time = Math.floor(Number(at))
    if (Number.isNaN(time))
      throw new TypeError('The value cannot be converted because it is not a valid Date.')
    if (time > LATEST_ALARM) throw new TypeError("This API doesn't support dates after 2189.")
    if (time <= 0) throw new TypeError('setAlarm() cannot be called with an alarm time <= 0')
    this.#storage.alarm = time
  }

  async getAlarm(): Promise<number | null> {
    return this.#storage.alarm
  }

  async deleteAlarm(): Promise<void> {
    // In the alarm's handler it is not there to be seen, and is removed all the same.
    if (this.#storage.hasAlarm) this.#storage.alarm = null
  }

  async deleteAll(): Promise<void> {
    const { database } = this.#storage
    this.#storage.write()
    const { rows } = database.run(
      `SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND type IN ('table', 'view', 'trigger')`,
      [],
    )
    for (const [type, name] of rows) database.execute(`DROP ${type} IF EXISTS "${name}"`)
    this.#storage.alarm = null
  }

  async sync(): Promise<void> {
    await new Promise<void>((resolve) => this.#storage.whenDurable(resolve))
  }
}
