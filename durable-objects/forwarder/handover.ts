import type { PublishedMessage } from '../../shared/core/cloud-event.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { accountWith, withOwed } from './checkpoint.ts'
import type { ForwarderContext } from './context.ts'
import { forwarderAt, knownForwarders } from './forwarders.ts'
import type { HandedOver } from './position.ts'

/** Forwarders that are asked at the same time. */
const ASKED_AT_ONCE = 8
/** One answers in this time (ms), its turn behind a batch that is under way included. */
const ANSWER_WITHIN = 20 * SECOND

/** An aggregate that others have delivered so far, as a message tells of it. */
interface Stranger {
  readonly stream: Stream
  /** Up to this version its events are on somebody's books. */
  readonly confirmed: number
}

/**
 * Gives aggregates up to another forwarder, to which they belong since the number of forwarders has changed.
 * To be called while no batch is under way. Tells how far each was delivered; `null` for one that this
 * forwarder never had. Asked again it says the same, so that one who dies while taking over can ask again.
 */
export function handOver(
  { ledger, memory }: ForwarderContext,
  streams: readonly Stream[],
): (HandedOver | null)[] {
  const answers: (HandedOver | null)[] = []
  ledger.transaction(() => {
    for (const stream of streams) {
      const account = ledger.account(stream)
      if (account) ledger.handOver(account)
      answers.push(ledger.handedOver(stream))
    }
  })
  for (const stream of streams) {
    const course = memory.course(stream)
    if (!course) continue
    course.isHandedOver = true
    memory.forget(course)
  }
  return answers
}

/**
 * Takes over, from the forwarders that had them, the aggregates of messages that are new to this one though
 * some of their events are on the books. It goes on where they stopped; what they owed is owed here then.
 *
 * @throws Error where a forwarder, or the register of them, does not answer: the messages come again
 */
export async function takeOver(
  context: ForwarderContext,
  messages: readonly PublishedMessage[],
): Promise<void> {
  const strangers = strangersAmong(context, messages)
  if (strangers.length === 0) return
  const { ledger, sinkName, source } = context
  const others = (await knownForwarders(source.env)).filter((shard) => shard !== ledger.totals.shard)
  const streams = strangers.map(({ stream }) => stream)
  const answers = await mapBounded(others, ASKED_AT_ONCE, (shard) =>
    withTimeLimit(forwarderAt(source.env, shard).handOver(streams), ANSWER_WITHIN, `forwarder ${shard}`),
  )
  const now = Date.now()
  ledger.transaction(() => {
    for (const [index, { stream, confirmed }] of strangers.entries()) {
      // Another message of it was quicker.
      if (ledger.account(stream)) continue
      const found = [ledger.handedOver(stream), ...answers.map((answer) => answer[index] ?? null)]
      const { sink, delivered } = furthest(found, sinkName) ?? { sink: sinkName ?? '', delivered: confirmed }
      const begun = accountWith(sink, stream, null, delivered)
      ledger.save(null, confirmed > delivered ? withOwed(begun, confirmed, now) : begun)
    }
  })
  context.arm()
}

function strangersAmong(
  { ledger, memory }: ForwarderContext,
  messages: readonly PublishedMessage[],
): Stranger[] {
  const strangers = new Map<string, Stranger>()
  for (const { stream: position } of messages) {
    if (!position || !isAggregateKind(position.kind)) continue
    const { kind, id, confirmed = 0 } = position
    const stream = { kind, id }
    if (memory.course(stream) || ledger.account(stream)) continue
    const name = JSON.stringify([kind, id])
    const before = strangers.get(name)?.confirmed ?? 0
    if (confirmed > 0 || before > 0 || ledger.handedOver(stream))
      strangers.set(name, { stream, confirmed: Math.max(confirmed, before) })
  }
  return [...strangers.values()]
}

/** Who delivered most to this sink; where nobody did, who delivered most to another one. */
function furthest(found: readonly (HandedOver | null)[], sink: string | null): HandedOver | null {
  const sorted = found
    .filter((one) => one !== null)
    .toSorted((a, b) => Number(b.sink === sink) - Number(a.sink === sink) || b.delivered - a.delivered)
  return sorted[0] ?? null
}
