import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import { checkpointFor, type StreamCheckpoint, withAcknowledged } from './checkpoint.ts'
import type { AckBarrier, MemoryBudget } from './memory.ts'

/** An event in memory, on its way to the sink. */
export class BufferedEvent {
  readonly event: SerializedEvent
  /** The buffer of its stream; `null` for an unsequenced event. */
  readonly buffer: StreamBuffer | null
  /** Read from the aggregate's log: no message brought it, or there was no room for it. */
  readonly isBackfilled: boolean
  /** Its version in its stream; 0 for an unsequenced event. */
  readonly version: number
  readonly #barriers: AckBarrier[] = []
  /** Nothing is left to record of it: acknowledged, dead-lettered, or (unsequenced) stored. */
  isResolved = false
  /** The row of an unsequenced event that is stored. */
  rowNumber: number | null = null

  constructor(
    event: SerializedEvent,
    place: { buffer: StreamBuffer; version: number; isBackfilled: boolean } | null = null,
  ) {
    this.event = event
    this.buffer = place?.buffer ?? null
    this.version = place?.version ?? 0
    this.isBackfilled = place?.isBackfilled ?? false
  }

  /** Of its text. */
  get bytes(): number {
    return this.event.bytes
  }

  /** Its stream and version; `null` for an unsequenced event. */
  get position() {
    return this.buffer && { stream: this.buffer.checkpoint.stream, version: this.version }
  }

  await(barrier: AckBarrier): void {
    barrier.add()
    this.#barriers.push(barrier)
  }

  /** Releases those who wait for it; it may still be sent later. */
  release(): void {
    for (const barrier of this.#barriers.splice(0)) barrier.release()
  }

  resolve(): void {
    this.isResolved = true
    this.release()
  }

  /** Notes the row in which an unsequenced event is stored. */
  storedAs(rowNumber: number): void {
    this.rowNumber = rowNumber
    this.resolve()
  }
}

/**
 * What a stream needs next. `ready`: its next event is in memory. `inFlight`: the next event is with the sink, or
 * came back and is offered again. `reading`, `awaitingRead`: the next event is missing, and is read from the log.
 * `idle`: nothing.
 */
export type StreamStatus = 'ready' | 'inFlight' | 'reading' | 'awaitingRead' | 'idle'

/**
 * The events of one stream in memory, and the state of each. It hands out 1, 2, 3, … without a gap, and nothing
 * that was acknowledged or dead-lettered again. It stores nothing: whoever stores a checkpoint gives it back.
 */
export class StreamBuffer {
  readonly #budget: MemoryBudget
  readonly #events = new Map<number, BufferedEvent>()
  readonly #inFlight = new Set<number>()
  /** Versions that the sink has, or that are dead letters, ahead of an older one. */
  readonly #ackedAhead = new Set<number>()
  checkpoint: StreamCheckpoint
  /** The checkpoint as it is stored. */
  stored: StreamCheckpoint | null
  /** The newest version that any message named. */
  targetVersion: number
  #isReading = false
  /** How many versions the read under way is for. */
  #asked = 0
  /** The last read brought less than was missing: the log goes on behind what is in memory. */
  #isCut = false

  /** @param stored the checkpoint as it is stored, whatever sink it counts for; `null` for a new stream */
  constructor(checkpoint: StreamCheckpoint, stored: StreamCheckpoint | null, budget: MemoryBudget) {
    this.checkpoint = checkpoint
    this.stored = stored
    this.targetVersion = checkpoint.lastSeenVersion
    this.#budget = budget
  }

  /** The oldest version that is neither acknowledged nor dead-lettered. */
  get nextVersion(): number {
    let version = this.checkpoint.acknowledged + 1
    while (this.#ackedAhead.has(version)) version += 1
    return version
  }

  get status(): StreamStatus {
    const next = this.nextVersion
    if (this.#events.has(next)) return this.#inFlight.has(next) ? 'inFlight' : 'ready'
    if (this.#isReading) return 'reading'
    return next <= this.targetVersion ? 'awaitingRead' : 'idle'
  }

  /** Whether the log may be read on while what is in memory is on its way to the sink. */
  get canReadAhead(): boolean {
    return this.#isCut && !this.#isReading && this.#firstMissing() <= this.targetVersion
  }

  /** No event of it is in memory, and none is being read. */
  get isEmpty(): boolean {
    return this.#events.size === 0 && !this.#isReading
  }

  /** The event in memory with a version. */
  event(version: number): BufferedEvent | undefined {
    return this.#events.get(version)
  }

  /** Events in memory after a version. */
  eventsAfter(version: number): BufferedEvent[] {
    return [...this.#events.values()].filter((event) => event.version > version)
  }

  /** Whether the sink has a version, or it is a dead letter. */
  isDone(version: number): boolean {
    return version <= this.checkpoint.acknowledged || this.#ackedAhead.has(version)
  }

  // --- received

  /** Takes an event from a message. Without room for it, it is only known, and is read from the log later. */
  receive(version: number, event: SerializedEvent): void {
    this.targetVersion = Math.max(this.targetVersion, version)
    if (this.#budget.hasRoom(event.bytes)) this.#add(version, event, false)
  }

  // --- awaiting a read, reading ahead

  /** Begins a read. Returns which versions are missing: those after `after`, up to one that is in memory. */
  startRead(): { after: number; missing: number } {
    this.#isReading = true
    this.#isCut = false
    const first = this.#firstMissing()
    let version = first
    while (version <= this.targetVersion && !this.#events.has(version) && !this.isDone(version)) version += 1
    this.#asked = version - first
    return { after: first - 1, missing: this.#asked }
  }

  /** Ends a read that failed. */
  failRead(): void {
    this.#isReading = false
  }

  /** Ends a read. False when the log has no next event: the message that named it is wrong. */
  finishRead(read: readonly SerializedEvent[]): boolean {
    this.#isReading = false
    this.#isCut = read.length > 0 && read.length < this.#asked
    for (const event of read) {
      const { sequence: version = 0 } = event
      if (!this.isDone(version) && !this.#events.has(version)) this.#add(version, event, true)
    }
    return read.length > 0 || this.#events.has(this.nextVersion)
  }

  // --- ready, in flight

  /** The next events without a gap, not yet in flight. */
  *sequence(): Generator<BufferedEvent> {
    for (let version = this.nextVersion; ; version += 1) {
      if (this.#ackedAhead.has(version)) continue
      const event = this.#events.get(version)
      if (!event || this.#inFlight.has(version)) return
      yield event
    }
  }

  /** An event goes to the sink. Until it is settled or put back it is not handed out again. */
  send({ version }: BufferedEvent): void {
    this.#inFlight.add(version)
  }

  /** The sink did not try this event: it is ready again. */
  putBack({ version }: BufferedEvent): void {
    this.#inFlight.delete(version)
  }

  // --- acknowledged, dead-lettered

  /** The checkpoint once these versions are acknowledged or dead-lettered too. Changes nothing yet. */
  checkpointAfter(versions: readonly number[]): StreamCheckpoint {
    const done = new Set([...this.#ackedAhead, ...versions])
    let { acknowledged } = this.checkpoint
    while (done.delete(acknowledged + 1)) acknowledged += 1
    return withAcknowledged(this.checkpoint, acknowledged)
  }

  /** These versions are acknowledged or dead-lettered, and the checkpoint that follows from it is stored. */
  settle(versions: readonly number[], checkpoint: StreamCheckpoint): void {
    this.recorded(checkpoint)
    for (const version of versions) {
      if (version > checkpoint.acknowledged) this.#ackedAhead.add(version)
      this.#remove(version)
    }
    for (const version of this.#ackedAhead)
      if (version <= checkpoint.acknowledged) this.#ackedAhead.delete(version)
  }

  /** A checkpoint of this stream was stored. */
  recorded(checkpoint: StreamCheckpoint): void {
    this.checkpoint = checkpoint
    this.stored = checkpoint
  }

  /** From now on events go to the sink with this name. */
  useSink(name: string): void {
    this.checkpoint = checkpointFor(name, this.checkpoint.stream, this.checkpoint, 0)
  }

  /** Lets go of all events. What is recorded of them is read from the log later. */
  clear(): void {
    for (const version of [...this.#events.keys()]) this.#remove(version)
  }

  /** Releases those who wait for any of its events. */
  release(): void {
    for (const event of this.#events.values()) event.release()
  }

  /** The oldest version that is neither done nor in memory. */
  #firstMissing(): number {
    let version = this.nextVersion
    while (this.#events.has(version) || this.#ackedAhead.has(version)) version += 1
    return version
  }

  #add(version: number, event: SerializedEvent, isBackfilled: boolean): void {
    this.#events.set(version, new BufferedEvent(event, { buffer: this, version, isBackfilled }))
    this.#budget.take(event.bytes)
  }

  #remove(version: number): void {
    this.#inFlight.delete(version)
    const event = this.#events.get(version)
    if (!event) return
    this.#events.delete(version)
    this.#budget.free(event.bytes)
    event.release()
  }
}
