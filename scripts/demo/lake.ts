import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type AnyCloudEvent, anyCloudEventSchema } from '../../shared/core/cloud-event.ts'
import { mapBounded } from '../../shared/core/concurrency.ts'
import { compareTexts } from '../../shared/core/text/text.ts'
import { HOUR, type Instant, instantOf, millisecondsOf } from '../../shared/core/time.ts'
import { hourFolder, INGEST } from '../../shared/ports/lake/layout.ts'
import { type DemoClient, DemoError } from './client.ts'

const listing = z.object({
  data: z.array(z.object({ key: z.string(), uploadedAt: z.string() })),
  nextCursor: z.string().nullish(),
})

/** Concurrent requests, and the pause between two polls (ms). */
const REQUEST_CONCURRENCY = 6
const POLL_INTERVAL_MS = 500
/** Objects older than the demo by more than this are ignored; clocks may differ a little. */
const CLOCK_TOLERANCE_MS = 60_000

/** The server's time at a local time (Unix ms). */
export interface ClockReading {
  readonly server: Instant
  readonly here: number
}

/** The search: which events, and until when. */
export interface Search {
  /** `<context>.<EventName>`; the search ends when each has been found. */
  readonly types: readonly string[]
  readonly isOurs: (event: AnyCloudEvent) => boolean
  /** When the journey began, and each time that the server's clock was moved, oldest first. */
  readonly clock: readonly [ClockReading, ...ClockReading[]]
  readonly timeoutMs: number
}

/**
 * Polls the lake and passes on each event of the demo once. Lists only the folders in which types that are still
 * missing can be, and reads each object once. Returns the types that did not arrive.
 */
export async function watchLake(
  client: DemoClient,
  { types, isOurs, clock, timeoutMs }: Search,
  onArrival: (event: AnyCloudEvent) => void,
): Promise<string[]> {
  const missing = new Set(types)
  const read = new Set<string>()
  const seen = new Set<string>()
  const deadline = Date.now() + timeoutMs
  const oldest = instantOf(clock[0].here - CLOCK_TOLERANCE_MS)
  while (missing.size > 0 && Date.now() < deadline) {
    const spans = clock.map(({ server, here }, index): [number, number] => {
      const from = millisecondsOf(server)
      return [from, from + (clock[index + 1]?.here ?? Date.now()) - here]
    })
    const hours = spans.flatMap(([from, to]) => hoursOf(from, to))
    const contexts = new Set([...missing].map((type) => type.split('.')[0]))
    const contents: AnyCloudEvent[][] = []
    // What the sink has written comes first: what is compacted meanwhile is in both, and never in neither.
    for (const folders of [[INGEST], [...contexts].map((context) => `context=${context}/`)]) {
      const prefixes = folders.flatMap((folder) => hours.map((hour) => `${folder}${hour}`))
      const listed = await mapBounded(prefixes, REQUEST_CONCURRENCY, (prefix) => list(client, prefix))
      const fresh = listed.flat().filter(({ key, uploadedAt }) => uploadedAt >= oldest && !read.has(key))
      contents.push(...(await mapBounded(fresh, REQUEST_CONCURRENCY, ({ key }) => eventsIn(client, key))))
      for (const { key } of fresh) read.add(key)
    }
    const arrived = contents.flat().filter((event) => isOurs(event) && !seen.has(event.id))
    for (const event of arrived.sort((a, b) => compareTexts(a.time, b.time))) {
      if (seen.has(event.id)) continue
      seen.add(event.id)
      missing.delete(event.type)
      onArrival(event)
    }
    if (missing.size > 0) await pause(POLL_INTERVAL_MS)
  }
  return [...missing]
}

/** The folders of the hours between two times (Unix ms), without what stands in front of them. */
function hoursOf(from: number, to: number): string[] {
  const first = Math.floor(from / HOUR)
  const hours = Array.from({ length: Math.floor(to / HOUR) - first + 1 }, (_, index) => first + index)
  return hours.map((hour) => hourFolder(instantOf(hour * HOUR)))
}

async function list(client: DemoClient, prefix: string) {
  const found: z.output<typeof listing>['data'] = []
  let cursor: string | null | undefined
  do {
    const query = new URLSearchParams({ prefix, limit: '100', ...(cursor && { cursor }) })
    const request = { method: 'GET', path: `/ops/lake?${query}`, token: client.ops } as const
    const page = await client.ask(listing, request)
    found.push(...page.data)
    cursor = page.nextCursor
  } while (cursor)
  return found
}

/** The events of an object; none if it has been compacted since it was listed. */
async function eventsIn(client: DemoClient, key: string): Promise<AnyCloudEvent[]> {
  let text: string
  try {
    ;({ text } = await client.text({ method: 'GET', path: `/ops/lake/${key}`, token: client.ops }))
  } catch (fault) {
    if (fault instanceof DemoError && fault.status === 404) return []
    throw fault
  }
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.map((line) => anyCloudEventSchema.parse(JSON.parse(line)))
}
