import { z } from 'zod'
import { anyCloudEventSchema, type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import { inFormOfToday } from '../../shared/core/wire/earlier-form.fixture.ts'
import { streamName, streamNamed } from '../../shared/stream-names.ts'
import { type Arrival, type Inspection, PUBLIC_URL } from '../world.ts'
import { publishedForm } from './forms.ts'
import { always, atRest, type Finding, finding } from './invariant.ts'
import { canonical } from './requests.ts'
import { type Entry, everyStream, type Stream, streamOf, versionOf } from './streams.ts'

/** An event at the sink; `order` counts arrivals. */
interface Arrived {
  /** In the form of this release. */
  readonly event: CloudEvent
  /** In its log; undefined for an event that belongs to no log. */
  readonly version: number | undefined
  readonly arrival: Arrival
  readonly order: number
}

const deadLetterRow = z.object({ event: z.string() })
const checkpointRow = z.object({
  kind: z.string(),
  id: z.string(),
  delivered: z.int(),
  held_at: z.int().nullable(),
})
/** What a failing sink may do to the order of arrivals. */
const OF_SINK = /sink|bucket|lake|firehose/i

export const arrivalsAreStored = always(
  'only what is committed is published',
  'Every event at the sink stands in a log, with the same content and without personal data; others are system events.',
  function* (inspection) {
    for (const { event, version } of arrivedAt(inspection)) {
      const named = version === undefined ? null : streamNamed(event.partitionkey)
      if (version === undefined) {
        if (!event.type.startsWith('system.') && event.type !== 'catalog.ProductViewed')
          yield finding(`The sink has ${event.type} ${event.id}, which belongs to no log.`)
        continue
      }
      const stream = named && streamOf(inspection, named.kind, named.id)
      const entry = stream?.entries[version - 1]
      const about = named ? [`${named.kind}/${named.id}`] : []
      if (!stream || version > versionOf(stream))
        yield finding(`The sink has ${event.type} ${event.id}, which no log has.`, ...about)
      else if (entry) yield* unequal(stream, entry, event)
    }
  },
)

export const repeatsAreExplained = always(
  'each event arrives once',
  'An event of a log arrives again only where a crash or a lost answer explains it; every repeat has the same content.',
  function* (inspection) {
    const first = new Map<string, Arrived>()
    for (const arrived of arrivedAt(inspection)) {
      const { event, version, arrival } = arrived
      const before = first.get(event.id)
      if (!before) {
        first.set(event.id, arrived)
        continue
      }
      // What belongs to no log has no checkpoint: it comes as often as its queue delivers it.
      if (arrival.repeatOf === null && version !== undefined)
        yield finding(
          `${event.type} ${event.id} has arrived at ${time(before)} and again at ${time(arrived)}, and nothing explains it.`,
          ...aboutOf(event),
        )
      // Each release publishes in the version of the schema that it names.
      if (before.event.dataschema === event.dataschema && canonical(before.event) !== canonical(event))
        yield finding(
          `${event.type} ${event.id} has arrived twice with different content: ${before.arrival.text} and ${arrival.text}.`,
          ...aboutOf(event),
        )
    }
  },
)

export const arrivalsInOrder = always(
  'events arrive in order',
  'The sink gets the events of an aggregate as 1, 2, 3, …; where it takes a batch in part, the rest follows.',
  function* (inspection) {
    const { configuration, faults } = inspection
    const isWhole = !faults.some(({ kind, target }) => OF_SINK.test(`${kind} ${target}`))
    // The lake writes the hours of a batch as objects side by side.
    const isOrdered = configuration.strictOrder || (configuration.sink === 'firehose' && isWhole)
    if (!isOrdered) return
    const last = new Map<string, number>()
    for (const { event, version } of arrivedAt(inspection)) {
      if (version === undefined) continue
      const before = last.get(event.partitionkey) ?? 0
      if (version > before + 1 && !isDeadLettered(inspection, event.partitionkey, before, version))
        yield finding(
          `The sink got version ${version} of ${event.partitionkey} after version ${before}: ${before + 1} is missing.`,
          ...aboutOf(event),
        )
      last.set(event.partitionkey, Math.max(before, version))
    }
  },
)

export const everyEventArrives = atRest(
  'every event arrives',
  'The sink has every event of every log, and each forwarder has the checkpoint of its newest version.',
  function* (inspection) {
    const arrived = new Set(arrivedAt(inspection).map(({ event }) => event.id))
    const deadLetters = deadLettersIn(inspection)
    const checkpoints = new Map(
      inspection.objects
        .filter(({ className }) => className === 'ForwarderObject')
        .flatMap((object) => object.rows('SELECT * FROM streams WHERE handed_over = 0'))
        .map((row) => checkpointRow.parse(row))
        .map((row) => [`${row.kind}/${row.id}`, row]),
    )
    for (const stream of everyStream(inspection)) {
      const { name, aggregate, id, forms } = stream
      const log = streamName(aggregate.kind, id)
      const missing = forms
        .map(({ version }) => version)
        .filter((version) => !arrived.has(`${log}/${version}`) && !deadLetters.has(`${log}/${version}`))
      const checkpoint = checkpoints.get(name)
      const isHeld = checkpoint !== undefined && checkpoint.held_at !== null
      if (missing.length > 0 && !isHeld)
        yield finding(
          `${name} has ${forms.length} events, of which the sink never got version ${missing.join(', ')}.`,
          name,
        )
      if (!isHeld && (checkpoint?.delivered ?? 0) !== versionOf(stream))
        yield finding(
          `${name} is at version ${versionOf(stream)}, and the checkpoint of its forwarder at ${checkpoint?.delivered ?? 0}.`,
          name,
        )
    }
  },
)

/** What the lake reads as its events: what the sink has written, and what compaction has made of it. */
const OF_LAKE = /^(ingest|context=[^/]+)\//
const storedLine = anyCloudEventSchema.pick({ id: true, type: true, time: true })

export const theLakeKeepsWhatArrived = always(
  'compaction loses nothing',
  'Every event that has arrived in the lake is in it, whatever has been compacted, and compaction adds none; each compacted event is in the folder of its context and hour.',
  function* (inspection) {
    if (inspection.configuration.sink !== 'lake') return
    const arrived = new Map(arrivedAt(inspection).map(({ event }) => [event.id, event]))
    const stored = new Set<string>()
    for (const { key, text } of inspection.bucket()) {
      if (!OF_LAKE.test(key)) continue
      for (const line of text.split('\n').filter(Boolean)) {
        const event = storedLine.parse(JSON.parse(line))
        stored.add(event.id)
        const from = arrived.get(event.id)
        if (!from)
          yield finding(`The object ${key} of the lake has ${event.type} ${event.id}, which never arrived.`)
        const [context] = event.type.split('.')
        const folder = `context=${context}/dt=${event.time.slice(0, 10)}/hour=${event.time.slice(11, 13)}/`
        if (!key.startsWith('ingest/') && !key.startsWith(folder))
          yield finding(`The object ${key} of the lake has ${event.type} ${event.id} of ${event.time}.`)
      }
    }
    for (const [id, event] of arrived)
      if (!stored.has(id))
        yield finding(`${event.type} ${id} has arrived in the lake, and is not in it.`, ...aboutOf(event))
  },
)

const cache = new WeakMap<Inspection, readonly Arrived[]>()

function arrivedAt(inspection: Inspection): readonly Arrived[] {
  const known = cache.get(inspection)
  if (known) return known
  const arrived = inspection.arrivals.map((arrival, order) => {
    // An earlier release publishes in the form of its own time.
    const event = inFormOfToday(anyCloudEventSchema.parse(JSON.parse(arrival.text)), PUBLIC_URL)
    return { event, version: eventVersion(event), arrival, order }
  })
  cache.set(inspection, arrived)
  return arrived
}

/** How an event at the sink differs from its log. */
function* unequal(stream: Stream, entry: Entry, event: CloudEvent): Generator<Finding> {
  const expected = publishedForm(stream, entry)
  // An earlier release publishes in the version of its own time.
  if (event.dataschema !== expected.dataschema) return
  const [was, is] = [canonical(event), canonical(expected)]
  if (was !== is)
    yield finding(
      `The sink has version ${entry.version} of ${stream.name} as ${was}, but its log says ${is}.`,
      stream.name,
    )
}

function deadLettersIn({ objects }: Inspection): ReadonlySet<string> {
  const rows = objects
    .filter(({ className }) => className === 'ForwarderObject')
    .flatMap((object) => object.rows('SELECT event FROM set_aside'))
  return new Set(rows.map((row) => deadLetterRow.parse(row).event))
}

/** Whether every version between two arrivals is a dead letter. */
function isDeadLettered(
  inspection: Inspection,
  partitionkey: string,
  before: number,
  after: number,
): boolean {
  const deadLetters = deadLettersIn(inspection)
  for (let version = before + 1; version < after; version += 1)
    if (!deadLetters.has(`${partitionkey}/${version}`)) return false
  return true
}

function aboutOf({ partitionkey }: CloudEvent): string[] {
  const named = streamNamed(partitionkey)
  return named ? [`${named.kind}/${named.id}`] : []
}

function time({ arrival }: Arrived): string {
  return new Date(arrival.at).toISOString()
}
