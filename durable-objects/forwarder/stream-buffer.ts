import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import type { StreamCheckpoint } from './checkpoint-store.ts'

/** Calls back once so many events have been settled, one way or the other. */
export interface Waiting {
  left: number
  done(): void
}

/** An event in memory, on its way to the sink. */
export interface Entry {
  /** Its aggregate; `null` for an event of no log. */
  readonly course: Course | null
  /** 0 for an event of no log. */
  readonly version: number
  readonly event: CloudEvent
  /** Length of its JSON. */
  readonly bytes: number
  /** Read from the aggregate's log: no message brought it, or it had been let go of. */
  readonly filled: boolean
  /** Of an event of no log: its number in the table, once it is stored. */
  number: number | null
  /** Nothing is to be written down of it any more: of no log and stored or delivered, or set aside as wrong. */
  isAccountedFor: boolean
  /** Who wants to know what becomes of it. */
  readonly waiting: Waiting[]
}

/** One aggregate whose events are in memory, or are being read. */
export interface Course {
  /** As the ledger has it; `stored` is `null` until it has. */
  account: StreamCheckpoint
  stored: StreamCheckpoint | null
  /** The newest version that anybody spoke of. */
  wanted: number
  readonly events: Map<number, Entry>
  /** Versions that the sink has ahead of an older one. */
  readonly taken: Set<number>
  isReading: boolean
  /** Another forwarder has taken it over: nothing is written down of it any more. */
  isHandedOver: boolean
}

/** The oldest version of an aggregate that the sink does not have. */
export function nextVersion({ account, taken }: Course): number {
  let version = account.delivered + 1
  while (taken.has(version)) version += 1
  return version
}

/** How many versions are to be read from the log, from the next one on: up to one that is in memory. */
export function missingVersions(course: Course): number {
  const first = nextVersion(course)
  let version = first
  while (version <= course.wanted && !course.events.has(version) && !course.taken.has(version)) version += 1
  return version - first
}

/** Tells those who wait for an event that its fate is known, for now. */
export function settle(entry: Entry): void {
  for (const waiting of entry.waiting.splice(0)) {
    waiting.left -= 1
    if (waiting.left === 0) waiting.done()
  }
}

/**
 * The events in memory, aggregate by aggregate, and which of them can be sent or have to wait for some that
 * are missing. It holds so many bytes at most: beyond them events are only on the books, and are read from
 * the logs when their turn comes.
 */
export class ForwarderMemory {
  readonly #courses = new Map<string, Course>()
  /** Courses whose next event is in memory, and those whose next has to be read; first come, first served. */
  readonly ready = new Set<Course>()
  readonly hungry = new Set<Course>()
  /** Events of no log, in the order they came. */
  readonly loose: Entry[] = []
  readonly mostBytes: number
  #bytes = 0

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  course(stream: Stream): Course | undefined {
    return this.#courses.get(nameOf(stream))
  }

  courses(): Iterable<Course> {
    return this.#courses.values()
  }

  /** Takes an aggregate up, as the ledger has it (`stored`) and as it is meant. */
  open(account: StreamCheckpoint, stored: StreamCheckpoint | null): Course {
    const course: Course = {
      account,
      stored,
      wanted: account.known,
      events: new Map(),
      taken: new Set(),
      isReading: false,
      isHandedOver: false,
    }
    this.#courses.set(nameOf(account.stream), course)
    return course
  }

  /** Whether there is room for an event of so many bytes. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.mostBytes
  }

  add(entry: Entry): void {
    this.#bytes += entry.bytes
    if (entry.course) entry.course.events.set(entry.version, entry)
    else this.loose.push(entry)
  }

  /** Lets go of an event of an aggregate. */
  remove(course: Course, entry: Entry): void {
    if (course.events.delete(entry.version)) this.#bytes -= entry.bytes
  }

  /** Takes out the events of no log that wait in memory. */
  takeLoose(count = this.loose.length): Entry[] {
    const taken = this.loose.splice(0, count)
    for (const { bytes } of taken) this.#bytes -= bytes
    return taken
  }

  /** Sorts an aggregate by what it needs next, and lets go of it when it needs nothing. */
  sort(course: Course): void {
    this.ready.delete(course)
    this.hungry.delete(course)
    const next = nextVersion(course)
    if (course.events.has(next)) this.ready.add(course)
    else if (course.isReading) return
    else if (next <= course.wanted) this.hungry.add(course)
    else this.forget(course)
  }

  /** Tells all who wait that nothing more is to be waited for. */
  release(): void {
    for (const { events } of this.#courses.values()) for (const entry of events.values()) settle(entry)
    for (const entry of this.loose) settle(entry)
  }

  /** Lets go of an aggregate and its events. What is on the books of it stays there. */
  forget(course: Course): void {
    this.ready.delete(course)
    this.hungry.delete(course)
    for (const entry of course.events.values()) {
      this.remove(course, entry)
      settle(entry)
    }
    this.#courses.delete(nameOf(course.account.stream))
  }
}

function nameOf({ kind, id }: Stream): string {
  return `${kind} ${id}`
}
