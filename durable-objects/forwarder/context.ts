import { faultText } from '../../shared/core/text/fault-text.ts'
import type { EventSink } from '../../shared/ports/event-sink.ts'
import { logError } from '../log-error.ts'
import type { TelemetrySource } from '../telemetry.ts'
import { accountWith } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { Circuit } from './circuit.ts'
import type { ForwardingRate } from './forwarding-rate.ts'
import type { SinkHolder } from './sink-holder.ts'
import type { ForwarderMemory } from './stream-buffer.ts'

/** What the parts of a forwarder share. */
export interface ForwarderContext {
  readonly source: TelemetrySource
  readonly memory: ForwarderMemory
  readonly ledger: CheckpointStore
  readonly circuit: Circuit
  readonly rate: ForwardingRate
  readonly holder: SinkHolder
  /** Whether a refused event holds up the later ones of its aggregate. */
  readonly strict: boolean
  /** The name of the sink; `null` until it was opened for the first time. */
  sinkName: string | null
  /** Begins what can be begun now: reading, sending. */
  proceed(): void
  /** Arms the alarm for what is owed; in the tick of what was written down, and so in its transaction. */
  arm(): void
}

/** The sink; `null` where it cannot be opened, which counts like one that is down. */
export async function openedSink(context: ForwarderContext): Promise<EventSink | null> {
  // Nobody who asks while it cannot be opened puts the next try off.
  if (context.circuit.isOpen(Date.now())) return null
  try {
    const sink = await context.holder.get()
    if (context.sinkName !== sink.name) {
      context.sinkName = sink.name
      context.ledger.releaseHeldByOthers(sink.name)
      for (const course of context.memory.courses()) {
        course.account = accountWith(sink.name, course.account.stream, course.account, 0)
        context.memory.sort(course)
      }
      context.arm()
    }
    return sink
  } catch (thrown) {
    sinkFailed(context, faultText(thrown))
    return null
  }
}

/** Notes that the sink did not take something, or all; whoever waits goes on with what is on the books. */
export function sinkFailed(context: ForwarderContext, error: string, { partly = false } = {}): void {
  const { circuit, ledger, memory } = context
  circuit.failed(error, Date.now(), { partly })
  complain(ledger.totals.shard, 'sink', error)
  memory.release()
}

/** Logs what went wrong at a forwarder, each cause once a minute. */
export function complain(shard: number, where: string, fault: string): void {
  logError(`forwarder ${where}`, fault, { forwarder: shard, where, fault })
}
