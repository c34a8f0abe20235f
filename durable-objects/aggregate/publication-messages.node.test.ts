import { expect, it } from 'vitest'
import { sequenceOf, unsequencedCloudEvent } from '../../shared/core/cloud-event.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { eventsIn, messageIn } from '../../shared/core/wire/wire.fixture.ts'
import { publicationsOf, sendsOf } from './publication.ts'

const stream = { kind: 'test', id: 'x' }
const head = { stream, shard: 3, confirmed: 7 }
const event = (bytes: number, version: number) => {
  const of = (data: string) =>
    serialized({
      ...unsequencedCloudEvent({
        origin: 'https://shop.example',
        id: `x/${version}`,
        context: 'test',
        type: 'Tested',
        subject: 'x',
        time: '2031-03-01T12:00:00.000Z',
        category: 'business',
        trace: { correlationId: 'x' },
        data,
      }),
      sequence: sequenceOf(version),
    })
  return of('é'.repeat((bytes - of('').bytes) / 2))
}
const messagesOf = (lengths: readonly number[], listing?: { version: number; text: string }) =>
  publicationsOf(
    head,
    lengths.map((bytes, index) => event(bytes, 8 + index)),
    listing,
  )
const listingsIn = (messages: ReturnType<typeof messagesOf>) =>
  messages.map(({ text }) => messageIn(text).listing?.text)

it('messages hold all events of a publication, and the listing', () => {
  const listing = { version: 9, text: '{}' }
  const [message, ...others] = messagesOf([1_000, 2_000], listing)
  expect(others).toEqual([])
  const positions = [8, 9].map((version) => ({ ...stream, shard: 3, confirmed: 7, version }))
  expect(messageIn(message?.text)).toMatchObject({
    stream,
    listing,
    events: positions.map((position) => ({ stream: position })),
  })
  expect(message?.bytes).toBe(Buffer.byteLength(message?.text ?? ''))
})

it('messages are divided by the bytes of a message, and sent by those of a queue', () => {
  const messages = messagesOf([60_000, 30_000, 60_000, 110_000, 1_000])
  expect(messages.map(({ text }) => eventsIn(text).length)).toEqual([2, 1, 1, 1])
  expect(sendsOf(messages).map((send) => send.length)).toEqual([2, 2])
  expect(sendsOf([])).toEqual([])
})

it('messages are sent 100 at a time at most', () => {
  const [message] = messagesOf([1_000])
  if (!message) throw new Error('there is a message')
  expect(sendsOf(Array(201).fill(message)).map((send) => send.length)).toEqual([100, 100, 1])
})

it('messages go without a listing that is too large', () => {
  const listing = { version: 9, text: 'x'.repeat(60_000) }
  expect(listingsIn(messagesOf([60_000], listing))).toEqual([undefined])
  expect(listingsIn(messagesOf([60_000, 60_000], { ...listing, text: 'x' }))).toEqual([undefined, 'x'])
})
