import { describe, expect, it } from 'vitest'
import type { CloudEvent } from '../../core/cloud-event.ts'
import { assumedRole, type SentToAws } from '../aws/aws.fixture.ts'
import { eventOf, eventOfBytes, readCall, refusal, scriptedFirehose, taken } from './firehose.fixture.ts'

const delivered = { delivered: true }
const retry = (error: string) => ({ delivered: false, kind: 'retry', error })
const refused = (error: string) => ({ delivered: false, kind: 'refused', error })

/** So many events, each of an aggregate of its own: a0, a1, … */
function events(count: number): CloudEvent[] {
  return Array.from({ length: count }, (_, number) => eventOf(`a${number}`, 1))
}
const ids = (some: readonly CloudEvent[]) => some.map(({ id }) => id)

describe('a batch', () => {
  it('is one signed call with a line of JSON for each event', async () => {
    const { sink, world } = scriptedFirehose(() => null)
    const batch = [eventOf('a', 1), { ...eventOf('b', 1), data: { note: 'Grüße aus Köln 🚢\n' } }]
    expect(await sink.deliver(batch)).toEqual([delivered, delivered])
    const [sent, ...more] = world.sent
    if (!sent) throw new Error('nothing was sent')
    expect(more).toEqual([])
    expect(sent.url).toBe('https://firehose.eu-central-1.amazonaws.com/')
    expect(sent.headers.get('X-Amz-Target')).toBe('Firehose_20150804.PutRecordBatch')
    expect(sent.headers.get('Content-Type')).toBe('application/x-amz-json-1.1')
    expect(sent.headers.get('Authorization')).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE000000000\/20261123\/eu-central-1\/firehose\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
    )
    const { stream, lines } = readCall(sent)
    expect(stream).toBe('petrel-events')
    expect(lines).toEqual(batch.map((event) => `${JSON.stringify(event)}\n`))
  })

  it('of nothing is no call', async () => {
    const { sink, calls } = scriptedFirehose(() => null)
    expect(await sink.deliver([])).toEqual([])
    expect(calls()).toEqual([])
  })

  it('of more than 500 goes in several calls', async () => {
    const { sink, calls } = scriptedFirehose(() => null)
    expect(await sink.deliver(events(1_001))).toEqual(Array(1_001).fill(delivered))
    expect(calls().map(({ length }) => length)).toEqual([500, 500, 1])
  })

  it('of more than 4 MiB as it is sent goes in several calls', async () => {
    const { sink, world, calls } = scriptedFirehose(() => null)
    await sink.deliver(Array.from({ length: 7 }, (_, number) => eventOfBytes(`a${number}`, 1, 1_000_000)))
    expect(calls().map(({ length }) => length)).toEqual([3, 3, 1])
    expect(Math.max(...world.sent.map(({ body }) => body.length))).toBeLessThanOrEqual(4 * 1024 * 1024)
  })

  it('as large as the sink asks for goes in one call', async () => {
    const { sink, calls } = scriptedFirehose(() => null)
    const { events: most, bytes } = sink.limits
    await sink.deliver(
      Array.from({ length: most }, (_, number) => eventOfBytes(`a${number}`, 1, bytes / most)),
    )
    expect(calls().map(({ length }) => length)).toEqual([500])
  })
})

describe('an event that is larger than a record may be', () => {
  const tooLarge = refused('larger than the 1024000 bytes that Firehose takes')

  it('is refused at once, and the rest goes on', async () => {
    const { sink, calls } = scriptedFirehose(() => null)
    // With its newline the first has 1,000 KiB exactly.
    const batch = [eventOfBytes('a', 1, 1_023_999), eventOfBytes('a', 2, 1_024_000), eventOf('a', 3)]
    expect(await sink.deliver(batch)).toEqual([delivered, tooLarge, delivered])
    expect(calls()).toEqual([['a/1', 'a/3']])
  })

  it('holds up its aggregate in strict order', async () => {
    const { sink, calls } = scriptedFirehose(() => null, { strictOrder: true })
    const batch = [eventOf('a', 1), eventOfBytes('a', 2, 1_024_000), eventOf('a', 3), eventOf('b', 1)]
    expect(await sink.deliver(batch)).toEqual([
      delivered,
      tooLarge,
      retry('an earlier event of its aggregate was refused'),
      delivered,
    ])
    expect(calls()).toEqual([['a/1', 'b/1']])
  })
})

describe('a call that is taken in part', () => {
  it('is repeated with what was not taken, and nothing else', async () => {
    const { sink, world, calls } = scriptedFirehose((_, call) => {
      if (call === 0) return taken([null, 'ServiceUnavailableException', null, 'InternalFailure'])
      return call === 1 ? taken([null, 'ServiceUnavailableException']) : null
    })
    expect(await sink.deliver(events(4))).toEqual(Array(4).fill(delivered))
    expect(calls()).toEqual([['a0/1', 'a1/1', 'a2/1', 'a3/1'], ['a1/1', 'a3/1'], ['a3/1']])
    expect(world.waits).toEqual([75, 150])
  })

  it('leaves `retry` for what is not taken in the end', async () => {
    const { sink, calls } = scriptedFirehose((some) =>
      taken(some.map((id) => (id === 'a1/1' ? 'ServiceUnavailableException' : null))),
    )
    const error = 'Firehose did not take the record (ServiceUnavailableException)'
    expect(await sink.deliver(events(3))).toEqual([delivered, retry(error), delivered])
    expect(calls()).toEqual([['a0/1', 'a1/1', 'a2/1'], ...Array(8).fill(['a1/1'])])
  })

  it('without an id or a code for a record has not taken it', async () => {
    const { sink, calls } = scriptedFirehose((_, call) =>
      call > 0 ? null : { body: JSON.stringify({ FailedPutCount: 0, RequestResponses: [{}] }) },
    )
    expect(await sink.deliver(events(1))).toEqual([delivered])
    expect(calls()).toHaveLength(2)
  })

  it('puts a later event before an earlier one, but in strict order', async () => {
    const batch = [eventOf('a', 1), eventOf('a', 2), eventOf('b', 1), eventOf('a', 3), eventOf('b', 2)]
    const firstFails = (some: string[], call: number) =>
      call === 0 ? taken(some.map((id) => (id === 'a/1' ? 'InternalFailure' : null))) : null
    const loose = scriptedFirehose(firstFails)
    expect(await loose.sink.deliver(batch)).toEqual(Array(5).fill(delivered))
    expect(loose.calls()).toEqual([ids(batch), ['a/1']])

    const strict = scriptedFirehose(firstFails, { strictOrder: true })
    expect(await strict.sink.deliver(batch)).toEqual(Array(5).fill(delivered))
    expect(strict.calls()).toEqual([['a/1', 'b/1'], ['a/1', 'b/2'], ['a/2'], ['a/3']])
  })
})

describe('a Firehose that is busy', () => {
  it.each([
    ['ThrottlingException', 400],
    ['com.amazonaws.firehose.v20150804#LimitExceededException', 400],
    ['ProvisionedThroughputExceededException', 400],
    ['ServiceUnavailableException', 503],
    ['InternalFailure', 500],
    ['<html>', 502],
    ['<html>', 429],
  ])('with %s (%i) is asked again after a wait', async (code, status) => {
    const { sink, world } = scriptedFirehose((_, call) => (call === 0 ? refusal(code, '', status) : null))
    expect(await sink.deliver(events(2))).toEqual([delivered, delivered])
    expect(world.waits).toEqual([75])
  })

  it('is given longer and longer waits with a part left to chance, and up after some ten seconds', async () => {
    const { sink, world } = scriptedFirehose(() => refusal('ThrottlingException'))
    const started = world.time
    const error = 'Firehose takes no more for now (ThrottlingException, HTTP 400)'
    expect(await sink.deliver(events(2))).toEqual([retry(error), retry(error)])
    expect(world.waits).toEqual([75, 150, 300, 600, 1_200, 1_500, 1_500, 1_500])
    expect(world.time - started).toBeLessThan(10_000)

    world.waits.length = 0
    world.chance = 0
    await sink.deliver(events(1))
    expect(world.waits.slice(0, 3)).toEqual([50, 100, 200])
  })

  it('that also takes its time is asked for ten seconds at most', async () => {
    const { sink, world, calls } = scriptedFirehose(() => {
      world.time += 4_000
      return refusal('ServiceUnavailableException', '', 503)
    })
    expect(await sink.deliver(events(1))).toMatchObject([{ kind: 'retry' }])
    expect(calls()).toHaveLength(3)
  })

  it('answers slowly tells what it took before the delivery is given up', async () => {
    const { sink, world, calls } = scriptedFirehose(
      () => {
        world.time += 9_000
        return null
      },
      { strictOrder: true },
    )
    const ofOne = Array.from({ length: 5 }, (_, index) => eventOf('a', index + 1))
    const outcomes = await sink.deliver(ofOne)
    expect(calls()).toHaveLength(3)
    expect(outcomes).toEqual([
      ...Array(3).fill(delivered),
      ...Array(2).fill(retry('the delivery took too long')),
    ])
  })

  it('or cannot be reached is asked again', async () => {
    const faults = [new TypeError('secret of the line'), new DOMException('late', 'TimeoutError')]
    const { sink } = scriptedFirehose((_, call) => faults[call] ?? null)
    expect(await sink.deliver(events(1))).toEqual([delivered])
  })

  it('says in the end what it was', async () => {
    const gone = scriptedFirehose(() => new TypeError('secret of the line'))
    expect(await gone.sink.deliver(events(1))).toEqual([retry('Firehose could not be reached')])
    const late = scriptedFirehose(() => new DOMException('late', 'TimeoutError'))
    expect(await late.sink.deliver(events(1))).toEqual([retry('Firehose did not answer in 10000 ms')])
    const strange = scriptedFirehose(() => ({ body: '<html>welcome' }))
    expect(await strange.sink.deliver(events(1))).toEqual([retry('the answer is none that Firehose gives')])
    const short = scriptedFirehose(() => taken([null]))
    expect(await short.sink.deliver(events(2))).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }])
  })
})

describe('an operator’s mistake', () => {
  it.each([
    ['ResourceNotFoundException', 'there is no delivery stream FIREHOSE_STREAM in AWS_REGION'],
    ['AccessDeniedException', 'the credentials may not do firehose:PutRecordBatch on FIREHOSE_STREAM'],
    ['InvalidSignatureException', 'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID'],
    ['UnrecognizedClientException', 'AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN is not known'],
    ['InvalidKMSResourceException', 'the key that encrypts the delivery stream cannot be used'],
    ['InvalidSourceException', 'the delivery stream takes records of CloudWatch Logs only'],
    ['SerializationException', 'Firehose does not take the call'],
    // Keys without a session token cannot be renewed.
    ['ExpiredTokenException', 'the credentials for Firehose have ended'],
  ])('(%s) loses nothing, is said in words, and is not asked about again', async (code, words) => {
    const { sink, calls } = scriptedFirehose(() => refusal(code, 'User bob with AKIA… is not allowed'))
    expect(await sink.deliver(events(2))).toEqual(Array(2).fill(retry(`${words} (${code}, HTTP 400)`)))
    expect(calls()).toHaveLength(1)
  })

  it('is known by a header too, and where there is no code', async () => {
    const headers = { 'x-amzn-ErrorType': 'AccessDeniedException:http://internal.amazon.com/coral/' }
    const named = scriptedFirehose(() => ({ status: 400, headers, body: '' }))
    expect(await named.sink.deliver(events(1))).toMatchObject([
      { kind: 'retry', error: expect.stringContaining('(AccessDeniedException, HTTP 400)') },
    ])
    const unnamed = scriptedFirehose(() => ({ status: 403, body: '<html>' }))
    expect(await unnamed.sink.deliver(events(1))).toEqual([
      retry('Firehose does not take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (no code, HTTP 403)'),
    ])
  })

  it('such as a stream that reads from Kafka is no fault of the records', async () => {
    const message = 'This operation is not permitted on MSKAsSource delivery stream type.'
    const { sink, calls } = scriptedFirehose(() => refusal('InvalidArgumentException', message))
    const error =
      'FIREHOSE_STREAM cannot be put to: see its name and source (InvalidArgumentException, HTTP 400)'
    expect(await sink.deliver(events(3))).toEqual(Array(3).fill(retry(error)))
    expect(calls()).toHaveLength(1)
  })
})

describe('the credentials of a role', () => {
  const inAnHour = '2026-11-23T13:00:00Z'
  const assumeRole = (call: number) => assumedRole(call + 1, inAnHour)
  const expired = refusal('ExpiredTokenException')
  const keyOf = ({ headers }: SentToAws) => /Credential=(\w+)/.exec(headers.get('Authorization') ?? '')?.[1]

  it('that have expired are renewed, and the call is repeated at once', async () => {
    const { sink, puts, world } = scriptedFirehose((_, call) => (call === 0 ? expired : null), { assumeRole })
    expect(await sink.deliver(events(2))).toEqual([delivered, delivered])
    expect(puts.map(keyOf)).toEqual(['ASIAEXAMPLE1', 'ASIAEXAMPLE2'])
    expect(world.waits).toEqual([])
  })

  it('that have expired although they are new are not renewed for ever', async () => {
    const { sink, calls } = scriptedFirehose(() => expired, { assumeRole })
    expect(await sink.deliver(events(1))).toEqual([
      retry('the credentials for Firehose have ended (ExpiredTokenException, HTTP 400)'),
    ])
    expect(calls()).toHaveLength(2)
  })

  it('that cannot be had lose nothing', async () => {
    const { sink, calls } = scriptedFirehose(() => null, { assumeRole: () => new Error('gone') })
    expect(await sink.deliver(events(2))).toEqual(Array(2).fill(retry('AWS STS could not be reached')))
    expect(calls()).toEqual([])
  })
})

describe('a record that Firehose calls invalid', () => {
  const invalid = refusal('InvalidArgumentException', 'Record.Data is wrong')
  const error = 'Firehose does not take the record (InvalidArgumentException, HTTP 400)'
  const holds = (...wrong: string[]) => {
    return (some: string[]) => (some.some((id) => wrong.includes(id)) ? invalid : null)
  }

  it('is found among the others, and alone refused', async () => {
    const { sink, world, calls } = scriptedFirehose(holds('a5/1'))
    const batch = events(8)
    expect(await sink.deliver(batch)).toEqual(
      batch.map(({ id }) => (id === 'a5/1' ? refused(error) : delivered)),
    )
    expect(calls().map(({ length }) => length)).toEqual([8, 4, 4, 2, 1, 1, 2])
    expect(world.waits).toEqual([])
  })

  it('is refused together with others like it, while any other is taken', async () => {
    const { sink } = scriptedFirehose(holds('a0/1', 'a1/1', 'a6/1'))
    const wrong = ['a0/1', 'a1/1', 'a6/1']
    const batch = events(8)
    expect(await sink.deliver(batch)).toEqual(
      batch.map(({ id }) => (wrong.includes(id) ? refused(error) : delivered)),
    )
  })

  it('is refused when it is the only one', async () => {
    const { sink } = scriptedFirehose(holds('a0/1'))
    expect(await sink.deliver(events(1))).toEqual([refused(error)])
  })

  it('holds up its aggregate in strict order', async () => {
    const { sink, calls } = scriptedFirehose(holds('a/1'), { strictOrder: true })
    const batch = [eventOf('a', 1), eventOf('b', 1), eventOf('a', 2), eventOf('b', 2)]
    expect(await sink.deliver(batch)).toEqual([
      refused(error),
      delivered,
      retry('an earlier event of its aggregate was refused'),
      delivered,
    ])
    expect(calls()).toEqual([['a/1', 'b/1'], ['a/1'], ['b/1'], ['b/2']])
  })

  it('is not what a stream is that takes none of many', async () => {
    const { sink, calls } = scriptedFirehose(() => invalid)
    expect(await sink.deliver(events(3))).toEqual(Array(3).fill(retry(error)))
    expect(await sink.deliver(events(500))).toEqual(Array(500).fill(retry(error)))
    expect(calls().length).toBeLessThan(50)
  })

  it('is sent again with the rest while Firehose is busy', async () => {
    const { sink } = scriptedFirehose((some, call) =>
      call === 1 ? refusal('ThrottlingException') : holds('a1/1')(some),
    )
    expect(await sink.deliver(events(4))).toEqual([delivered, refused(error), delivered, delivered])
  })
})
