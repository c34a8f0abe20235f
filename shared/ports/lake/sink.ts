import { mapBounded } from '../../core/concurrency.ts'
import { faultText } from '../../core/text/text.ts'
import type { SerializedEvent } from '../../core/wire/serialized-event.ts'
import type { EventSink, SinkOutcome } from '../event-sink.ts'
import { withTimeLimit } from '../time-limit.ts'
import { asTheyHappened, gzip, HTTP_METADATA, ingestFolderOf, type LakeBucket, objectName } from './layout.ts'

/** A Worker has six connections. */
const WRITE_CONCURRENCY = 6
/** Time limit of a write (ms): shorter than the forwarder's of a delivery, so that the other hours count as written. */
const WRITE_TIMEOUT_MS = 20_000
/** Fits into memory while it is compressed; fewer and larger objects are cheaper to read. */
const LIMITS = { events: 1_000, bytes: 4 * 1024 * 1024 } as const

/**
 * The lake: gzipped NDJSON, one CloudEvent per line. A batch is one object for each hour of its events, under
 * `ingest/dt=<YYYY-MM-DD>/hour=<HH>/` by the event's own time (UTC); compaction rewrites closed hours by context.
 * An object is named by the ids in it, so a batch that is delivered again overwrites itself. An hour that cannot be
 * written makes only its own events retry.
 */
export class LakeSink implements EventSink {
  readonly name: string
  readonly limits = LIMITS
  readonly #bucket: LakeBucket
  readonly #folder: string

  /** `folder` is a prefix of every key; it ends with a slash or is empty. */
  constructor(bucket: LakeBucket, folder = '') {
    this.#bucket = bucket
    this.#folder = folder
    this.name = folder === '' ? 'lake' : `lake:${folder}`
  }

  async deliver(events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    const folders = events.map(ingestFolderOf)
    const byFolder = Map.groupBy(events.keys(), (index) => folders[index] ?? null)
    const outcomes: SinkOutcome[] = events.map(({ type }) => ({
      delivered: false,
      kind: 'refused',
      error: `the type ${type} has no context`,
    }))
    await mapBounded([...byFolder], WRITE_CONCURRENCY, async ([folder, indexes]) => {
      if (folder === null) return
      const members = indexes.flatMap((index) => events[index] ?? [])
      const outcome = await this.#write(folder, members)
      for (const index of indexes) outcomes[index] = outcome
    })
    return outcomes
  }

  async #write(folder: string, members: readonly SerializedEvent[]): Promise<SinkOutcome> {
    try {
      const events = eachOnce(members)
      const name = await objectName(events.map(({ id }) => id))
      const written = this.#bucket.put(`${this.#folder}${folder}${name}`, await gzip(lakeText(events)), {
        httpMetadata: HTTP_METADATA,
      })
      await withTimeLimit(written, WRITE_TIMEOUT_MS, 'a write')
      return { delivered: true }
    } catch (thrown) {
      return { delivered: false, kind: 'retry', error: faultText(thrown) }
    }
  }
}

/** The events, each once, ordered by time. */
function eachOnce(members: readonly SerializedEvent[]): SerializedEvent[] {
  return [...new Map(members.map((event) => [event.id, event])).values()].sort(asTheyHappened)
}

/** Events as NDJSON. */
export function lakeText(events: readonly SerializedEvent[]): string {
  return events.map(({ text }) => `${text}\n`).join('')
}
