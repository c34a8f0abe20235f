import { anyCloudEventSchema, eventVersion } from '../../shared/core/cloud-event.ts'
import type { RecordBatch } from './topic.ts'

/** Of this release, or of an earlier one, whose `sequence` is a number. */
const valueSchema = anyCloudEventSchema.pick({ partitionkey: true, sequence: true })

/** How a reader of the topic sees the aggregates' events. */
export interface Order {
  /** Events that came for the first time. */
  readonly events: number
  /** Events that had come before. */
  readonly repeats: number
  /** Events that came before an older one of the same aggregate, or with one missing in between. */
  readonly faults: number
}

/** Follows each aggregate's versions through batches, in the order in which the broker has them. */
export class OrderWatch {
  readonly #versions = new Map<string, number>()

  /** Takes the batches that came since the last call. */
  follow(batches: readonly RecordBatch[]): Order {
    let events = 0
    let repeats = 0
    let faults = 0
    for (const { messages } of batches)
      for (const { value } of messages) {
        const event = valueSchema.parse(JSON.parse(String(value)))
        const version = eventVersion(event)
        if (version === undefined) continue
        const { partitionkey } = event
        const last = this.#versions.get(partitionkey) ?? 0
        if (version <= last) {
          repeats += 1
          continue
        }
        if (version > last + 1) faults += 1
        events += 1
        this.#versions.set(partitionkey, version)
      }
    return { events, repeats, faults }
  }

  /** The newest version that has come of an aggregate, by its stream's name. */
  versionOf(stream: string): number {
    return this.#versions.get(stream) ?? 0
  }
}
