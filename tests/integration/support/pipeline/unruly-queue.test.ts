import { describe, expect, it } from 'vitest'
import { fateOf, giveUnruly } from './unruly-queue.ts'

interface Told {
  readonly id: string
  verdict: string
}

/** A batch of so many messages, and what the queue is told of each. */
function batchOf(count: number, attempts = 1): { batch: MessageBatch; told: Told[] } {
  const told = Array.from(
    { length: count },
    (_, index): Told => ({ id: `event/${1_000 + index}`, verdict: 'none' }),
  )
  const messages = told.map((one) => ({
    id: one.id,
    timestamp: new Date(0),
    body: one.id,
    attempts,
    ack: () => {
      one.verdict = 'ack'
    },
    retry: (options?: QueueRetryOptions) => {
      one.verdict = `retry ${options?.delaySeconds}`
    },
  }))
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } }
  return { batch: { queue: 'events', messages, metadata, ackAll: () => {}, retryAll: () => {} }, told }
}

async function given(
  { batch }: { batch: MessageBatch },
  consume: (part: MessageBatch) => Promise<void> = async () => {},
) {
  const parts: string[][] = []
  const mischief = { received: 0, doubled: 0, heldBack: 0, givenAgain: 0 }
  await giveUnruly(
    batch,
    ({ id }) => id,
    async (part) => {
      parts.push(part.messages.map(({ id }) => id))
      await consume(part)
    },
    mischief,
  )
  return { parts, mischief }
}

describe('a queue with no more than the documented guarantees', () => {
  it('duplicates messages, delays some, redelivers some, and mixes the rest over several calls', async () => {
    const batch = batchOf(1_000)
    const { parts, mischief } = await given(batch)
    expect(mischief.received).toBe(1_000)
    for (const count of [mischief.doubled, mischief.heldBack, mischief.givenAgain])
      expect(count).toBeGreaterThan(50)
    const all = parts.flat()
    expect(parts).toHaveLength(3)
    expect(all).toHaveLength(1_000 + mischief.doubled - mischief.heldBack)
    expect(new Set(all).size).toBe(1_000 - mischief.heldBack)
    for (const part of parts) expect(part).not.toEqual([...part].sort())
    const later = batch.told.filter(({ verdict }) => /^retry [123]$/.test(verdict))
    expect(later).toHaveLength(mischief.heldBack + mischief.givenAgain)
    expect(batch.told.filter(({ verdict }) => verdict === 'ack')).toHaveLength(1_000 - later.length)
  })

  it('does the same to the same message', () => {
    expect(fateOf('event/7', 1)).toEqual(fateOf('event/7', 1))
    const fates = Array.from({ length: 50 }, (_, index) => JSON.stringify(fateOf(`event/${index}`, 1)))
    expect(new Set(fates).size).toBeGreaterThan(3)
  })

  it('delivers everything in the end', async () => {
    const batch = batchOf(200, 3)
    await given(batch)
    for (const { verdict } of batch.told) expect(verdict).toBe('ack')
  })

  it('redelivers what one of its calls retries, with that delay', async () => {
    const batch = batchOf(200, 3)
    let calls = 0
    await given(batch, async ({ messages }) => {
      calls += 1
      const isFirst = calls === 1
      for (const message of messages) isFirst ? message.retry({ delaySeconds: 9 }) : message.ack()
    })
    const again = batch.told.filter(({ verdict }) => verdict === 'retry 9')
    expect(again.length).toBeGreaterThan(50)
    expect(again.length).toBeLessThan(150)
  })

  it('redelivers what a call that throws has not acknowledged', async () => {
    const batch = batchOf(30, 3)
    await given(batch, async ({ messages }) => {
      messages[0]?.ack()
      throw new Error('broken')
    })
    const verdicts = batch.told.map(({ verdict }) => verdict)
    expect(verdicts).toContain('retry undefined')
    expect(verdicts.filter((verdict) => verdict === 'ack').length).toBeLessThanOrEqual(3)
  })
})
