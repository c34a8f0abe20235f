import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloudEventOf } from '../../shared/core/cloud-event.ts'
import { type SerializedEvent, serialized } from '../../shared/core/wire/serialized-event.ts'
import { checkpointFor, withAcknowledged, withBacklog } from './checkpoint.ts'
import { AckBarrier, MemoryBudget } from './memory.ts'
import type { StreamBuffer, StreamStatus } from './stream-buffer.ts'
import { StreamBuffers } from './stream-buffers.ts'

const stream = { kind: 'product', id: 'MUG' }
const BYTES = 100

function eventOf(version: number, { kind, id } = stream): SerializedEvent {
  const event = cloudEventOf({
    origin: 'https://shop.example',
    stream: `${kind}/${id}`,
    context: 'catalog',
    id,
    version,
    time: '2031-03-01T12:00:00.000Z',
    event: { type: 'ProductPriceChanged', schemaVersion: 1, data: {} },
    category: 'business',
    trace: { correlationId: 'test' },
  })
  return { ...serialized(event), bytes: BYTES }
}

/** A buffer of a stream of which the sink has versions up to `acknowledged`. */
function bufferAfter(acknowledged: number, budget = new MemoryBudget(100 * BYTES)) {
  const buffers = new StreamBuffers(budget)
  const buffer = buffers.open(checkpointFor('sink', stream, null, acknowledged), null)
  const receive = (...versions: number[]) => {
    for (const version of versions) buffer.receive(version, eventOf(version))
  }
  const send = () => {
    const sent = [...buffer.sequence()]
    for (const event of sent) buffer.send(event)
    return sent
  }
  const acknowledge = (...versions: number[]) => buffer.settle(versions, buffer.checkpointAfter(versions))
  return { buffers, buffer, receive, send, acknowledge }
}

type Fixture = ReturnType<typeof bufferAfter>

describe('the status of a stream', () => {
  it.each<[string, (fixture: Fixture) => void, StreamStatus, number]>([
    ['with nothing received', () => {}, 'idle', 1],
    ['received in order', ({ receive }) => receive(1, 2), 'ready', 1],
    ['received after a gap', ({ receive }) => receive(2, 3), 'awaitingRead', 1],
    [
      'while the gap is read',
      ({ receive, buffer }) => {
        receive(3)
        buffer.startRead()
      },
      'reading',
      1,
    ],
    [
      'whose gap was read',
      ({ receive, buffer }) => {
        receive(3)
        buffer.startRead()
        buffer.finishRead([eventOf(1), eventOf(2)])
      },
      'ready',
      1,
    ],
    [
      'whose gap could not be read',
      ({ receive, buffer }) => {
        receive(3)
        buffer.startRead()
        buffer.failRead()
      },
      'awaitingRead',
      1,
    ],
    [
      'whose missing event came while it was read',
      ({ receive, buffer }) => {
        receive(2)
        buffer.startRead()
        receive(1)
      },
      'ready',
      1,
    ],
    [
      'with the sink',
      ({ receive, send }) => {
        receive(1, 2)
        send()
      },
      'inFlight',
      1,
    ],
    [
      'that the sink did not try',
      ({ receive, send, buffer }) => {
        receive(1)
        for (const event of send()) buffer.putBack(event)
      },
      'ready',
      1,
    ],
    [
      'acknowledged in part',
      ({ receive, send, acknowledge }) => {
        receive(1, 2)
        send()
        acknowledge(1)
      },
      'inFlight',
      2,
    ],
    [
      'acknowledged ahead of an older one',
      ({ receive, send, acknowledge }) => {
        receive(1, 2)
        send()
        acknowledge(2)
      },
      'inFlight',
      1,
    ],
    [
      'acknowledged whole',
      ({ receive, send, acknowledge }) => {
        receive(1, 2)
        send()
        acknowledge(2)
        acknowledge(1)
      },
      'idle',
      3,
    ],
    [
      'for another sink',
      ({ receive, send, acknowledge, buffer }) => {
        receive(1)
        send()
        acknowledge(1)
        buffer.useSink('other')
      },
      'awaitingRead',
      1,
    ],
  ])('%s', (_, act, status, nextVersion) => {
    const fixture = bufferAfter(0)
    act(fixture)
    expect(fixture.buffer).toMatchObject({ status, nextVersion })
  })
})

describe('a stream buffer', () => {
  it('hands out what follows without a gap, and nothing that is in flight', () => {
    const { receive, send } = bufferAfter(2)
    receive(3, 4, 6)
    expect(send().map(({ version }) => version)).toEqual([3, 4])
    expect(send()).toEqual([])
  })

  it('hands out what was put back, past what the sink has already', () => {
    const { receive, send, buffer, acknowledge } = bufferAfter(0)
    receive(1, 2, 3)
    const [first, , third] = send()
    acknowledge(2)
    if (first && third) for (const event of [first, third]) buffer.putBack(event)
    expect(send().map(({ version }) => version)).toEqual([1, 3])
  })

  it('asks only for the versions that are missing', () => {
    const { receive, buffer } = bufferAfter(2)
    receive(6, 7)
    expect(buffer.startRead()).toEqual({ after: 2, missing: 3 })
  })

  it('says where the log ends before a version that a message named', () => {
    const { receive, buffer } = bufferAfter(2)
    receive(9)
    buffer.startRead()
    expect(buffer.finishRead([])).toBe(false)
    expect(buffer.eventsAfter(2).map(({ version }) => version)).toEqual([9])
  })

  it('keeps no more in memory than there is room for, and knows that the rest is missing', () => {
    const { receive, send, buffer, acknowledge } = bufferAfter(0, new MemoryBudget(2 * BYTES))
    receive(1, 2, 3)
    expect(send()).toHaveLength(2)
    acknowledge(1, 2)
    expect(buffer).toMatchObject({ status: 'awaitingRead', nextVersion: 3, isEmpty: true })
    receive(3)
    expect(buffer.status).toBe('ready')
  })

  it('is read on while the sink has what was read, as long as a page brings less than is missing', () => {
    const { receive, send, buffer, buffers, acknowledge } = bufferAfter(0)
    const read = (...versions: number[]) => {
      expect(buffer.startRead()).toMatchObject({ after: (versions[0] ?? 7) - 1 })
      expect(buffer.canReadAhead).toBe(false)
      expect(buffer.finishRead(versions.map((version) => eventOf(version)))).toBe(true)
      buffers.sort(buffer)
    }
    receive(9)
    expect(buffer.canReadAhead).toBe(false)
    read(1, 2)
    send()
    expect([buffer.status, [...buffers.unfinished]]).toEqual(['inFlight', [buffer]])
    read(3, 4)
    acknowledge(1, 2)
    expect(buffer.status).toBe('ready')
    read(5, 6)
    // The log may end here, or it could not be read: once all is done it is read again.
    read()
    expect([buffer.status, buffers.unfinished.size]).toEqual(['ready', 0])
    expect(send().map(({ version }) => version)).toEqual([3, 4, 5, 6])
    acknowledge(3, 4, 5, 6)
    expect(buffer.status).toBe('awaitingRead')
    read(7, 8)
    expect([buffer.canReadAhead, send().map(({ version }) => version)]).toEqual([false, [7, 8, 9]])
  })

  it('releases those who wait for an event when it is settled, and when it is let go of', async () => {
    const { receive, send, buffer, buffers, acknowledge } = bufferAfter(0)
    receive(1, 3)
    const barrier = new AckBarrier()
    for (const version of [1, 3]) buffer.event(version)?.await(barrier)
    send()
    acknowledge(1)
    expect(barrier.pending).toBe(1)
    buffers.forget(buffer)
    expect(barrier.pending).toBe(0)
    await barrier.done
  })

  it('goes with the others to where its next need is', () => {
    const { receive, buffer, buffers, send, acknowledge } = bufferAfter(0)
    receive(2)
    buffers.sort(buffer)
    expect([...buffers.awaitingRead]).toEqual([buffer])
    receive(1)
    buffers.sort(buffer)
    expect([[...buffers.awaitingRead], [...buffers.ready]]).toEqual([[], [buffer]])
    send()
    acknowledge(1, 2)
    buffers.sort(buffer)
    expect([buffers.ready.size, buffers.has(buffer)]).toEqual([0, false])
  })
})

const LOG_LENGTH = 8
const streams = ['A', 'B'].map((id) => ({ kind: 'product', id }))
const which = fc.nat(streams.length - 1)
const steps = fc.oneof(
  fc.record({
    kind: fc.constant('receive' as const),
    which,
    version: fc.integer({ min: 1, max: LOG_LENGTH }),
  }),
  fc.record({ kind: fc.constant('read' as const), which, limit: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ kind: fc.constant('failedRead' as const), which }),
  fc.record({ kind: fc.constant('send' as const), which, limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('answer' as const),
    results: fc.array(fc.constantFrom('acknowledge', 'refuse', 'retry', 'untried'), { maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant('reset' as const), which }),
)

it('whatever happens, each stream is handed out as 1, 2, 3, …, and nothing done is handed out again', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (plan) => {
      const buffers = new StreamBuffers(new MemoryBudget(6 * BYTES))
      /** What is stored of each stream; it outlives its buffer. */
      const stored = streams.map((of) => checkpointFor('sink', of, null, 0))
      /** Versions of each stream that were acknowledged or dead-lettered. */
      const done = streams.map(() => new Set<number>())
      /** With the sink, or to be offered again. */
      let inFlight: { index: number; buffer: StreamBuffer; version: number }[] = []
      const opened = (index: number) => {
        const checkpoint = stored[index] ?? expect.fail()
        return buffers.get(checkpoint.stream) ?? buffers.open(checkpoint, checkpoint)
      }
      const indexOf = (buffer: StreamBuffer) =>
        streams.findIndex(({ id }) => id === buffer.checkpoint.stream.id)
      const store = (index: number, buffer: StreamBuffer, versions: readonly number[]) => {
        const checkpoint = buffer.checkpointAfter(versions)
        buffer.settle(versions, checkpoint)
        stored[index] = checkpoint
      }
      for (const step of plan) {
        if (step.kind === 'answer') {
          for (const [position, { index, buffer, version }] of inFlight.entries()) {
            const result = step.results[position] ?? 'retry'
            const event = buffer.event(version) ?? expect.fail()
            if (result === 'untried') buffer.putBack(event)
            if (result === 'acknowledge' || result === 'refuse') {
              done[index]?.add(version)
              store(index, buffer, [version])
            }
          }
          inFlight = inFlight.filter((_, position) => (step.results[position] ?? 'retry') === 'retry')
          continue
        }
        const buffer = opened(step.which)
        const { status } = buffer
        if (step.kind === 'receive') {
          const { version } = step
          if (!buffer.isDone(version) && !buffer.event(version))
            buffer.receive(version, eventOf(version, buffer.checkpoint.stream))
        }
        const canRead = status === 'awaitingRead' || buffer.canReadAhead
        if (canRead && step.kind === 'failedRead') {
          buffer.startRead()
          buffer.failRead()
        }
        if (canRead && step.kind === 'read') {
          const { after, missing } = buffer.startRead()
          const versions = Array.from(
            { length: Math.min(missing, step.limit) },
            (_, number) => after + 1 + number,
          )
          buffer.finishRead(versions.map((version) => eventOf(version, buffer.checkpoint.stream)))
        }
        // One batch at a time: what came back goes before everything else.
        if (step.kind === 'send' && inFlight.length === 0) {
          for (const event of [...buffer.sequence()].slice(0, step.limit)) {
            const expected = Math.max(0, ...inFlight.map(({ version }) => version)) + 1
            const versionsDone = done[step.which] ?? expect.fail()
            expect(versionsDone).not.toContain(event.version)
            // Everything older is done, or goes out just before it.
            for (let version = 1; version < event.version; version += 1)
              expect(versionsDone.has(version) || inFlight.some((one) => one.version === version)).toBe(true)
            expect(event.version).toBeGreaterThanOrEqual(expected)
            buffer.send(event)
            inFlight.push({ index: indexOf(buffer), buffer, version: event.version })
          }
        }
        // As when the backlog is recorded and the buffer is needed no more, or the object starts anew.
        if (step.kind === 'reset' && !inFlight.some((one) => one.buffer === buffer)) {
          stored[step.which] = withBacklog(buffer.checkpoint, buffer.targetVersion, 0)
          buffers.forget(buffer)
          done[step.which] = new Set(
            [...(done[step.which] ?? [])].filter((version) => version <= buffer.checkpoint.acknowledged),
          )
        }
        for (const [index, checkpoint] of stored.entries())
          for (let version = 1; version <= checkpoint.acknowledged; version += 1)
            expect(done[index]).toContain(version)
      }
    }),
    { numRuns: 300 },
  )
})

it('moves a checkpoint past its backlog only when everything in it is acknowledged', () => {
  const backlog = withBacklog(checkpointFor('sink', stream, null, 2), 5, 1_000)
  expect(withAcknowledged(backlog, 4)).toMatchObject({
    acknowledged: 4,
    lastSeenVersion: 5,
    backlogSince: 1_000,
  })
  expect(withAcknowledged(backlog, 5)).toMatchObject({ acknowledged: 5, backlogSince: null, dueAt: null })
})
