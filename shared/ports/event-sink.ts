import type { CloudEvent } from '../core/cloud-event.ts'

/** What became of one event at a sink. */
export type SinkOutcome =
  | { readonly delivered: true }
  | {
      readonly delivered: false
      /** `retry`: it may be taken later. `refused`: it will never be taken as it is. */
      readonly kind: 'retry' | 'refused'
      /** With `retry`: it was not sent at all, so that events of other aggregates may go before it. */
      readonly untried?: boolean
      /** For the log: which fault, and nothing personal. */
      readonly error: string
    }

/**
 * Where events go when they leave Petrel. An adapter takes a batch and answers with one outcome per
 * event, in their order, so that a part that failed is sent again without the rest. Readers deduplicate
 * by `id`: a runtime that dies between the sink's acknowledgement and the ledger's write sends again.
 *
 * Whoever calls it, calls it once at a time, with the events of one aggregate in the order of their
 * versions. What came back as `retry` is offered again before anything else, exactly as it was: the same
 * events in the same order, less those that were delivered, refused or untried. An adapter that numbers its
 * sends may count on that.
 */
export interface EventSink {
  /** The sink and the place in it, such as `kafka:petrel-events`: ledgers count for one name. */
  readonly name: string
  /** At most so many events are given at once, and so many bytes of their JSON (one event may be larger). */
  readonly limits: { readonly events: number; readonly bytes: number }
  /** Never throws for what a sink may do or say; a throw is a defect and counts as `retry` for all. */
  deliver(events: readonly CloudEvent[]): Promise<SinkOutcome[]>
  /** Lets go of connections. It may be used again after. */
  close?(): Promise<void>
}
