import { type AnyCloudEvent, anyCloudEventSchema } from '../../core/cloud-event.ts'
import { mapBounded } from '../../core/concurrency.ts'
import { compareTexts, faultText } from '../../core/text/text.ts'
import { HOUR, MINUTE, SECOND } from '../../core/time.ts'
import { withTimeLimit } from '../time-limit.ts'
import {
  asTheyHappened,
  gunzip,
  gzip,
  HTTP_METADATA,
  hourOfIngest,
  INGEST,
  type LakeBucket,
  objectName,
  partitionOf,
} from './layout.ts'

/** An hour is closed so long after its end (ms): most of its events have arrived. Later ones become parts of their own. */
const GRACE_MS = 15 * MINUTE
/** Of one call to the bucket (ms). */
const CALL_TIMEOUT_MS = 10 * SECOND
/** A Worker has six connections. */
const READ_CONCURRENCY = 6
/**
 * An invocation may make 1,000 calls. A batch is begun while there is room for its parts (one for each context) and its
 * deletion.
 */
const MAX_CALLS = 900
const CALLS_OF_A_BATCH = 24
/** How much is held in memory at once: a batch ends at either, and with the objects that were being read. */
const BATCH = { characters: 16 * 1024 * 1024, events: 50_000 } as const

/** The part of an object store that compaction needs; an R2 bucket has it. */
export interface CompactedBucket extends LakeBucket {
  list(options: { prefix: string; cursor?: string }): Promise<{
    readonly objects: readonly { readonly key: string }[]
    readonly truncated: boolean
    readonly cursor?: string
  }>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
  delete(keys: string[]): Promise<unknown>
}

/** What a run has done. */
export interface Compaction {
  /** Objects of the sink that were rewritten and deleted. */
  readonly sources: number
  /** Objects that were written instead. */
  readonly parts: number
  /** Objects that cannot be read; they stay where they are. */
  readonly unreadable: readonly { readonly key: string; readonly reason: string }[]
}

const lineSchema = anyCloudEventSchema.pick({
  id: true,
  type: true,
  time: true,
  partitionkey: true,
  sequence: true,
  dataschema: true,
})

/** A line of an object, and of its event what decides where it goes. */
interface Line
  extends Pick<AnyCloudEvent, 'id' | 'type' | 'time' | 'partitionkey' | 'sequence' | 'dataschema'> {
  readonly text: string
  readonly partition: string
}

/**
 * Rewrites closed hours of `ingest/` into `context=<context>/dt=<YYYY-MM-DD>/hour=<HH>/`: few objects, each sorted by
 * type and time. Deletes what it has read only after all of it is written, so at every moment each event is in the
 * lake, perhaps twice: readers deduplicate by id. A part is named by the ids in it, so a run that was interrupted
 * overwrites what it wrote. Nothing that was written before is read again: late events become parts of their own.
 * Two runs at once do no harm.
 *
 * @param now the deployment's time (Unix ms)
 * @throws Error when the bucket fails; the next run goes on
 */
export function compactLake(bucket: CompactedBucket, now: number): Promise<Compaction> {
  return new Run(bucket).compact(now)
}

class Run {
  readonly #bucket: CompactedBucket
  readonly #unreadable: { key: string; reason: string }[] = []
  #calls = 0
  #sources = 0
  #parts = 0

  constructor(bucket: CompactedBucket) {
    this.#bucket = bucket
  }

  async compact(now: number): Promise<Compaction> {
    const keys = await this.#closedKeys(now)
    for (const waiting of Map.groupBy(keys, hourOfIngest).values())
      while (waiting.length > 0 && this.#hasRoom()) await this.#compactBatch(waiting)
    return { sources: this.#sources, parts: this.#parts, unreadable: this.#unreadable }
  }

  /** The keys of closed hours, oldest first; no more than one run can read. */
  async #closedKeys(now: number): Promise<string[]> {
    const keys: string[] = []
    let cursor: string | undefined
    do {
      const page = await this.#call('listing the lake', () =>
        this.#bucket.list({ prefix: INGEST, ...(cursor !== undefined && { cursor }) }),
      )
      for (const { key } of page.objects) {
        const hour = hourOfIngest(key)
        if (hour === null) continue
        // Keys are listed in order: all hours after this one are open too.
        if (hour + HOUR + GRACE_MS > now || keys.length === MAX_CALLS) return keys
        keys.push(key)
      }
      cursor = page.truncated ? page.cursor : undefined
    } while (cursor !== undefined && this.#hasRoom())
    return keys
  }

  /** Takes objects of one hour from `waiting`, as many as fit into memory. */
  async #compactBatch(waiting: string[]): Promise<void> {
    const lines = new Map<string, Line>()
    const sources: string[] = []
    let characters = 0
    while (
      waiting.length > 0 &&
      characters < BATCH.characters &&
      lines.size < BATCH.events &&
      this.#hasRoom()
    ) {
      const keys = waiting.splice(0, READ_CONCURRENCY)
      const read = await mapBounded(keys, READ_CONCURRENCY, (key) => this.#read(key))
      for (const [index, key] of keys.entries()) {
        const found = read[index]
        if (!found) continue
        sources.push(key)
        for (const line of found) {
          characters += line.text.length
          lines.set(line.id, laterForm(lines.get(line.id), line))
        }
      }
    }
    for (const [partition, members] of Map.groupBy(lines.values(), (line) => line.partition))
      await this.#write(partition, members)
    if (sources.length === 0) return
    await this.#call('deleting what was compacted', () => this.#bucket.delete(sources))
    this.#sources += sources.length
  }

  /** The lines of an object; `null` if it is gone or cannot be read. */
  async #read(key: string): Promise<Line[] | null> {
    const bytes = await this.#call(`reading ${key}`, async () => (await this.#bucket.get(key))?.arrayBuffer())
    if (!bytes) return null
    try {
      return linesOf(await gunzip(bytes))
    } catch (fault) {
      this.#unreadable.push({ key, reason: faultText(fault) })
      return null
    }
  }

  async #write(partition: string, lines: Line[]): Promise<void> {
    const name = await objectName(lines.map(({ id }) => id))
    lines.sort((a, b) => compareTexts(a.type, b.type) || asTheyHappened(a, b))
    const bytes = await gzip(lines.map(({ text }) => `${text}\n`).join(''))
    await this.#call(`writing ${partition}${name}`, () =>
      this.#bucket.put(`${partition}${name}`, bytes, { httpMetadata: HTTP_METADATA }),
    )
    this.#parts += 1
  }

  #hasRoom(): boolean {
    return this.#calls + READ_CONCURRENCY + CALLS_OF_A_BATCH <= MAX_CALLS
  }

  #call<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
    this.#calls += 1
    return withTimeLimit(ask(), CALL_TIMEOUT_MS, what)
  }
}

/** @throws Error when a line is not a CloudEvent */
function linesOf(text: string): Line[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const event = lineSchema.parse(JSON.parse(line))
    const partition = partitionOf(event)
    if (partition === null) throw new TypeError(`the type ${event.type} has no context`)
    return { ...event, text: line, partition }
  })
}

/**
 * Where copies differ, the one with the higher version of its schema: a replay writes events in the form of today. Of two
 * with the same version, the one that names its schema with an origin: earlier releases had none.
 */
function laterForm(before: Line | undefined, line: Line): Line {
  if (!before) return line
  const [one, other] = [before.dataschema, line.dataschema]
  const isBefore = inOrder(schemaNameIn(one), schemaNameIn(other)) || inOrder(one, other)
  return isBefore > 0 ? before : line
}

/** `order.OrderPaid.v10.json` */
function schemaNameIn(dataschema: string): string {
  return dataschema.slice(dataschema.lastIndexOf('/') + 1)
}

/** By the number in two names that are alike but for it. */
function inOrder(one: string, other: string): number {
  return one.length - other.length || compareTexts(one, other)
}
