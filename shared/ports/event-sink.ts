import type { SerializedEvent } from '../core/wire/serialized-event.ts'

/** The result of delivering one event. */
export type SinkOutcome =
  | { readonly delivered: true }
  | {
      readonly delivered: false
      /** `retry`: it may be accepted later. `refused`: it will never be accepted. */
      readonly kind: 'retry' | 'refused'
      /** With `retry`: it was not sent, so events of other aggregates may be sent before it. */
      readonly untried?: boolean
      /** For the log; never personal data. */
      readonly error: string
    }

/**
 * The destination of events outside Petrel. An adapter returns one outcome per event of a batch, in their
 * order, so that only the failed part is sent again. Readers deduplicate by `id`: after a crash between the
 * sink's acknowledgement and the write to the checkpoint store, events are sent again.
 *
 * Callers make one call at a time, with the events of an aggregate in the order of their versions. Events
 * with the outcome `retry` are offered again before any other, unchanged: the same events in the same order,
 * without those that were delivered, refused or untried. An adapter that numbers its sends may rely on that.
 */
export interface EventSink {
  /** The sink and its target, such as `kafka:petrel-events`; a checkpoint belongs to one name. */
  readonly name: string
  /** Of one batch: how many events, and how many bytes of their texts (a single event may be larger). */
  readonly limits: { readonly events: number; readonly bytes: number }
  /** Never throws for a fault of the sink; a throw is a defect and counts as `retry` for all events. */
  deliver(events: readonly SerializedEvent[]): Promise<SinkOutcome[]>
  /** Closes connections. The sink may be used again afterwards. */
  close?(): Promise<void>
}
