/** What the queue has done to messages since the process started. */
export interface Mischief {
  /** Messages that it was given. */
  received: number
  /** Copies that it made. */
  doubled: number
  /** Messages that it kept for later ones to overtake. */
  heldBack: number
  /** Messages that it gave again although they were acknowledged. */
  givenAgain: number
}

/** What happens to one try of one message. */
export interface Fate {
  /** How often it is given, at the same time. */
  readonly copies: number
  /** So long it is kept before it is given at all (seconds); 0 for not at all. */
  readonly heldBackSeconds: number
  /** So long after its acknowledgement it is given once more (seconds); 0 for never. */
  readonly againSeconds: number
}

/** Parts into which a batch is torn, which are given at the same time. */
const PARTS = 3
/** From this try on a message is treated well, or it would end in the dead-letter queue. */
const GOOD_FROM_TRY = 3

/**
 * What Cloudflare promises of its queues is at least once, in no order; what the local one does is once, and
 * nearly in order. This makes of the local one what was promised: it doubles messages, shuffles them, holds
 * some back, gives some again after they were acknowledged, and tears batches into several calls of the
 * consumer at the same time. What happens to a message depends on its name and try alone.
 */
export async function giveUnruly(
  batch: MessageBatch,
  nameOf: (message: Message) => string,
  consume: (part: MessageBatch) => Promise<void>,
  mischief: Mischief,
): Promise<void> {
  const parts = Array.from({ length: PARTS }, (): { place: number; copy: Copy }[] => [])
  const given: { message: Message; copies: Copy[]; fate: Fate }[] = []
  for (const message of batch.messages) {
    const name = nameOf(message)
    const fate = fateOf(name, message.attempts)
    mischief.received += 1
    if (fate.heldBackSeconds > 0) {
      mischief.heldBack += 1
      message.retry({ delaySeconds: fate.heldBackSeconds })
      continue
    }
    const copies = Array.from({ length: fate.copies }, () => new Copy(message))
    mischief.doubled += copies.length - 1
    for (const [index, copy] of copies.entries()) {
      const chance = chanceOf(`place ${index} ${message.attempts} ${name}`)
      parts[Math.floor(chance * PARTS)]?.push({ place: (chance * PARTS) % 1, copy })
    }
    given.push({ message, copies, fate })
  }
  await Promise.all(
    parts.map((part) => {
      part.sort((a, b) => a.place - b.place)
      return give(
        batch,
        part.map(({ copy }) => copy),
        consume,
      )
    }),
  )
  for (const { message, copies, fate } of given) {
    const refused = copies.find(({ verdict }) => verdict?.kind === 'retry')?.verdict
    if (refused?.kind === 'retry') message.retry(refused.options)
    else if (fate.againSeconds > 0) {
      mischief.givenAgain += 1
      message.retry({ delaySeconds: fate.againSeconds })
    } else message.ack()
  }
}

/** What happens to this try (from 1) of a message of this name: always the same. */
export function fateOf(name: string, attempt: number): Fate {
  const chance = (what: string) => chanceOf(`${what} ${attempt} ${name}`)
  const seconds = (what: string, share: number) =>
    attempt < GOOD_FROM_TRY && chance(what) < share ? 1 + Math.floor(chance(`${what} for`) * 3) : 0
  const twice = chance('copies')
  return {
    copies: twice < 0.05 ? 3 : twice < 0.3 ? 2 : 1,
    heldBackSeconds: seconds('held back', 0.15),
    againSeconds: seconds('again', 0.1),
  }
}

/** As the platform does it: after a throw everything without a verdict comes again, else it is done. */
async function give(
  { queue, metadata }: MessageBatch,
  messages: readonly Copy[],
  consume: (part: MessageBatch) => Promise<void>,
): Promise<void> {
  if (messages.length === 0) return
  const each = (tell: (copy: Copy) => void) => {
    for (const copy of messages) tell(copy)
  }
  try {
    await consume({
      queue,
      metadata,
      messages,
      ackAll: () => each((copy) => copy.ack()),
      retryAll: (options) => each((copy) => copy.retry(options)),
    })
  } catch {
    each((copy) => copy.verdict ?? copy.retry())
  }
}

/** One of the times that a message is given; the first word on it counts. */
class Copy implements Message {
  readonly id: string
  readonly timestamp: Date
  readonly body: unknown
  readonly attempts: number
  verdict: { kind: 'ack' } | { kind: 'retry'; options: QueueRetryOptions | undefined } | null = null

  constructor({ id, timestamp, body, attempts }: Message) {
    this.id = id
    this.timestamp = timestamp
    this.body = body
    this.attempts = attempts
  }

  ack(): void {
    this.verdict ??= { kind: 'ack' }
  }

  retry(options?: QueueRetryOptions): void {
    this.verdict ??= { kind: 'retry', options }
  }
}

/** A number from 0 to below 1 that looks like chance and is the same for the same text (FNV-1a, stirred). */
function chanceOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
