import { beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { write } from './notebook.fixture.ts'
import { notebookOf, stopTime } from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const traced = z.object({ traceparent: z.string().optional(), tracestate: z.string().optional() })

it('a tracestate goes with its events, into tables that were made without one', async () => {
  const { live, envelope } = notebookOf('traced')
  const tracesOf = (texts: string[]) => texts.map((text) => traced.parse(JSON.parse(text)))
  const expected = [
    { traceparent },
    { traceparent, tracestate: 'a=1,b=2' },
    {},
    { traceparent, tracestate: 'c=3' },
  ]
  await live(async (object) => {
    for (const [index, trace] of expected.entries())
      await object.execute(envelope(write(`${index}`), { trace: { correlationId: 'one', ...trace } }))
    expect(tracesOf(await object.history({ after: 0, limit: 10 }))).toEqual(expected)
    const published = await object.published({ after: 0, limit: 10 })
    expect(tracesOf(published.map(({ text }) => text))).toEqual(expected)
  })
  // And again from storage.
  await live(async (object) => {
    await object.execute(envelope(write('more'), { trace: { correlationId: 'two', tracestate: 'd=4' } }))
    expect(tracesOf(await object.history({ after: 3, limit: 10 }))).toEqual([
      expected[3],
      { tracestate: 'd=4' },
    ])
  })
})
