import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { initialShard } from '../../durable-objects/forwarder/forwarders.ts'
import { type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import { inEarlierForm } from '../../shared/core/wire/earlier-form.fixture.ts'
import type { PublicationMessage } from '../../shared/core/wire/earlier-messages.ts'
import { type Listing, messageText } from '../../shared/core/wire/queue-message.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { messageIn } from '../../shared/core/wire/wire.fixture.ts'
import {
  arrival,
  createProduct,
  deadLetterAt,
  lakeIdsOf,
  lakeLines,
  published,
  publishedVersion,
  QUEUE,
  UNDELIVERED,
  withoutForwarders,
} from './events.fixture.ts'
import { consumeEvents, consumeUndelivered } from './events.ts'
import { batchOf, recordingBindings, rowOf, settle } from './queue.fixture.ts'

/** What the events of a product are published with. */
function headOf(events: readonly CloudEvent[]) {
  const stream = { kind: 'product', id: events[0]?.subject ?? '' }
  return { stream, shard: initialShard(env, stream), confirmed: 0 }
}

/** As releases before published: events as values, in the earlier form, in one message, and the listing. */
function publicationBefore(events: readonly CloudEvent[], listing?: Listing): PublicationMessage {
  const sequenced = events.map((event) => ({ ...inEarlierForm(event), sequence: eventVersion(event) ?? 0 }))
  return { ...headOf(events), events: sequenced, ...(listing && { listing }) }
}

/** As this release publishes: the texts of events in one message, and the listing. */
function publication(events: readonly CloudEvent[], listing?: Listing): string {
  return messageText(events.map(serialized), headOf(events), listing).text
}

/** The listing of a product as it is now. */
async function listingOf(sku: string): Promise<Listing> {
  const present = (await env.PRODUCT.getByName(sku).listing()) ?? expect.fail()
  return { version: present.version, text: present.listing }
}

const publicationLetter = z.object({ body: z.unknown() })

afterEach(() => vi.restoreAllMocks())

describe('a publication', () => {
  it.each([
    ['of this release', 'LAKE-20', publication],
    ['of the release before', 'LAKE-26', publicationBefore],
  ])(
    '%s is forwarded and confirmed event by event, and its listing becomes the row',
    async (_, sku, form) => {
      const { environment, projections } = recordingBindings()
      const { stub, events } = await createProduct(sku, { prices: 2 })
      const batch = batchOf(QUEUE, [form(events, await listingOf(sku))])
      expect((await settle(batch, () => consumeEvents(batch, environment))).acknowledged).toEqual([
        'message-0',
      ])
      await arrival(`product/${sku}/3`)
      expect(await lakeIdsOf(sku)).toEqual([1, 2, 3].map((version) => `product/${sku}/${version}`))
      expect(await publishedVersion(stub)).toBe(3)
      expect(await rowOf('products', sku)).toMatchObject({ version: 3, item: { price: { amount: 1002 } } })
      expect(projections.sent).toEqual([])
    },
  )

  it('brings its events in the very text in which they were published, by whichever release', async () => {
    const { stub, events } = await createProduct('LAKE-27', { prices: 5 })
    const [first, second, third, ...others] = events
    if (!first || !second || !third) return expect.fail()
    // What is missing before the last is read from the log.
    const last = others[2] ?? expect.fail()
    const bodies = [published(first), publicationBefore([second]), publication([third]), published(last)]
    const batch = batchOf(QUEUE, bodies)
    await settle(batch, () => consumeEvents(batch, recordingBindings().environment))
    await arrival('product/LAKE-27/6')
    const lines = (await lakeLines('ingest/')).flat().filter((line) => line.includes('"product/LAKE-27"'))
    const history = await stub.history({ after: 0, limit: 100 })
    const earlier = new Map(
      [first, second, last].map((event) => [event.id, JSON.stringify(inEarlierForm(event))]),
    )
    const expected = events.map(({ id }, index) => earlier.get(id) ?? history[index])
    expect(lines.toSorted()).toEqual(expected.toSorted())
  })

  it('with an event that is none is stored as a dead letter, which says where and why', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { stub, events } = await createProduct('LAKE-28', { prices: 1 })
    const [first, second] = events
    if (!first || !second) return expect.fail()
    const { text } = messageText([first, { ...second, time: 'noon' }].map(serialized), headOf(events))
    const batch = batchOf(QUEUE, [text])
    await settle(batch, () => consumeEvents(batch, recordingBindings().environment))
    expect(await deadLetterAt('invalid/dt=2026-03-01/message-0.json')).toMatchObject({
      reason: 'events.1.time: invalid_format',
      body: text,
    })
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('never brings an older row over a newer one, within a batch or after it', async () => {
    const { environment } = recordingBindings()
    const { stub, events } = await createProduct('LAKE-21')
    const older = await listingOf('LAKE-21')
    const price = { amount: 1700, currency: 'USD' }
    await stub.execute({
      id: 'LAKE-21',
      command: { type: 'ChangePrice', price },
      trace: { correlationId: 'x' },
    })
    const newer = await listingOf('LAKE-21')
    await consumeEvents(batchOf(QUEUE, [publication(events, newer), publication(events, older)]), environment)
    expect(await rowOf('products', 'LAKE-21')).toMatchObject({ version: 2, item: { price } })
    await consumeEvents(batchOf(QUEUE, [publication(events, older)]), environment)
    expect(await rowOf('products', 'LAKE-21')).toMatchObject({ version: 2, item: { price } })
  })

  it('is forwarded while the read database refuses its row, which is queued', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections } = recordingBindings()
    const { stub, events } = await createProduct('LAKE-22')
    const batch = batchOf(QUEUE, [publication(events, await listingOf('LAKE-22'))])
    vi.spyOn(env.DATABASE, 'batch').mockRejectedValue(new Error('the database is down'))
    expect((await settle(batch, () => consumeEvents(batch, environment))).acknowledged).toEqual(['message-0'])
    expect(projections.streams).toEqual([{ kind: 'product', id: 'LAKE-22' }])
    await arrival('product/LAKE-22/1')
    expect(await publishedVersion(stub)).toBe(1)
  })

  it('whose row neither the database nor the queue takes is retried, and not confirmed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections } = recordingBindings()
    projections.isDown = true
    const { stub, events } = await createProduct('LAKE-23')
    const batch = batchOf(QUEUE, [publication(events, await listingOf('LAKE-23'))])
    vi.spyOn(env.DATABASE, 'batch').mockRejectedValue(new Error('the database is down'))
    expect((await settle(batch, () => consumeEvents(batch, environment))).retried).toEqual(['message-0'])
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('without a listing has its row queued', async () => {
    const { environment, projections } = recordingBindings()
    const { events } = await createProduct('LAKE-24')
    await consumeEvents(batchOf(QUEUE, [publication(events)]), environment)
    expect(projections.streams).toEqual([{ kind: 'product', id: 'LAKE-24' }])
  })

  it('is stored without its listing, where personal data may be, once all retries have failed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { events } = await createProduct('LAKE-25')
    const batch = batchOf(UNDELIVERED, [publication(events, await listingOf('LAKE-25'))])
    await consumeUndelivered(batch, withoutForwarders(recordingBindings().environment))
    const { body } = publicationLetter.parse(await deadLetterAt('undelivered/dt=2026-03-01/message-0.json'))
    expect(body).toBe(publication(events))
    expect(messageIn(body).events).toHaveLength(1)
  })
})
