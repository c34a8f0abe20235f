import type { CloudEvent } from '../core/cloud-event.ts'

/** What became of one event at a sink. */
export type SinkOutcome =
  | { readonly delivered: true }
  | {
      readonly delivered: false
      /** `retry`: it may be taken later. `refused`: it will never be taken as it is. */
      readonly kind: 'retry' | 'refused'
      /** For the log: which fault, and nothing personal. */
      readonly error: string
    }

/**
 * Where events go when they leave Petrel. An adapter takes a batch and answers with one outcome per
 * event, in their order, so that a part that failed is sent again without the rest. It may be given
 * the same event more than once (the queue delivers at least once); readers deduplicate by `id`.
 */
export interface EventSink {
  deliver(events: readonly CloudEvent[]): Promise<SinkOutcome[]>
}
