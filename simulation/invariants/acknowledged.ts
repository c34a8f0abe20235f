import { z } from 'zod'
import { streamNamed } from '../../shared/stream-names.ts'
import { listingAt } from './forms.ts'
import { always, type Finding, finding } from './invariant.ts'
import {
  type Answered,
  answered,
  canonical,
  isCommand,
  isSuccess,
  kindOf,
  nameOf,
  pathOf,
} from './requests.ts'
import { entriesIn, type Resource, resource, resourcesIn } from './shown.ts'
import { type Stream, streamOf, versionOf } from './streams.ts'

const event = z.looseObject({
  specversion: z.string(),
  partitionkey: z.string(),
  /** Earlier releases show numbers. */
  sequence: z.union([z.string().transform(Number), z.int()]),
})

/** Members that a resource and the product's own listing have in common, and that hold no personal data. */
const COMPARED = [
  ...['status', 'paymentStatus', 'fulfilmentStatus', 'total', 'payments', 'deliveries'],
  ...['uses', 'onHand', 'reserved', 'orderId', 'customerId', 'createdAt', 'updatedAt'],
] as const

export const acknowledged = always(
  'acknowledged means durable',
  'What an answer shows stands in the log of its aggregate, and stays there.',
  function* (inspection) {
    for (const exchange of answered(inspection.exchanges)) {
      if (!isSuccess(exchange.answer)) continue
      for (const shown of resourcesIn(exchange)) {
        const kind = kindOf(exchange, shown.id)
        if (kind === undefined) continue
        const name = `${kind}/${shown.id}`
        const stream = streamOf(inspection, kind, shown.id)
        const version = stream ? versionOf(stream) : 0
        if (!stream || version < shown.version)
          yield finding(
            `${nameOf(exchange)} was answered with ${exchange.answer.status} and version ${shown.version} of ${name}, ` +
              `but its log ends at version ${version}.`,
            name,
          )
        else yield* differences(exchange, stream, shown)
      }
      for (const { partitionkey, sequence } of eventsIn(exchange)) {
        const named = streamNamed(partitionkey)
        const stream = named && streamOf(inspection, named.kind, named.id)
        const version = stream ? versionOf(stream) : 0
        if (version < sequence)
          yield finding(
            `${nameOf(exchange)} showed event ${sequence} of ${partitionkey}, but its log ends at version ${version}.`,
            ...(named ? [`${named.kind}/${named.id}`] : []),
          )
      }
    }
  },
)

export const staleIfMatch = always(
  'a stale If-Match changes nothing',
  'A command that names a version is accepted at that version alone.',
  function* (inspection) {
    const accepted = new Map<string, Answered[]>()
    for (const exchange of answered(inspection.exchanges)) {
      const { answer, request, sentAt } = exchange
      const named = versionsNamed(request.headers?.['if-match'])
      const shown = resource.safeParse(answer.body)
      const isFirst = answer.headers['idempotent-replayed'] === undefined
      if (!isCommand(exchange) || !isSuccess(answer) || !named || !shown.success || !isFirst) continue
      const { id, version } = shown.data
      const kind = kindOf(exchange, id)
      // An answer about another aggregate than the addressed one says nothing about its version.
      if (kind === undefined || !decodeURIComponent(pathOf(exchange)).split('/').includes(id)) continue
      const stream = streamOf(inspection, kind, id)
      const isRepeated = inspection.exchanges.some(
        (other) =>
          other.number < exchange.number &&
          other.request.path === request.path &&
          other.request.headers?.['idempotency-key'] !== undefined &&
          other.request.headers['idempotency-key'] === request.headers?.['idempotency-key'],
      )
      if (!stream || isRepeated) continue
      const newest = Math.max(...named)
      const next = stream.entries.find((entry) => entry.version === newest + 1)
      if (next && Date.parse(next.time) < sentAt)
        yield finding(
          `${nameOf(exchange)} named version ${newest} of ${stream.name} and was accepted (${answer.status}, version ` +
            `${version}), although version ${next.version} had been there since ${next.time}.`,
          stream.name,
        )
      const key = `${stream.name}@${newest}`
      if (version > newest && directlyChanged(stream, newest))
        accepted.set(key, [...(accepted.get(key) ?? []), exchange])
    }
    for (const [key, exchanges] of accepted) {
      const names = exchanges.filter((one) => one.request.headers?.prefer === undefined).map(nameOf)
      if (names.length > 1)
        yield finding(
          `Only one command can be the first after a version, but these were all accepted at ${key}: ${names.join('; ')}.`,
          key.slice(0, key.lastIndexOf('@')),
        )
    }
  },
)

function eventsIn(exchange: Answered): z.infer<typeof event>[] {
  return entriesIn(exchange).flatMap((entry) => event.safeParse(entry).data ?? [])
}

/** What the state at the version shows otherwise than the answer did. */
function* differences(exchange: Answered, stream: Stream, shown: Resource): Generator<Finding> {
  const listing = listingAt(stream, shown.version)
  if (!listing) return
  for (const member of COMPARED) {
    if (!(member in shown) || !(member in listing)) continue
    // The status of a promotion changes with time alone.
    if (stream.aggregate.kind === 'promotion' && member === 'status') continue
    const [was, is] = [canonical(shown[member]), canonical(listing[member])]
    if (was !== is)
      yield finding(
        `${nameOf(exchange)} showed ${member} ${was} of ${stream.name} at version ${shown.version}, ` +
          `but its log says ${is}.`,
        stream.name,
      )
  }
}

/** The versions in an If-Match header; `null` without any. */
function versionsNamed(header: string | undefined): number[] | null {
  const versions = [...(header ?? '').matchAll(/"(\d+)"/g)].map(([, digits]) => Number(digits))
  return versions.length > 0 ? versions : null
}

/** Whether the version after this one was made by a request, and not by an effect or a timer. */
function directlyChanged({ entries }: Stream, version: number): boolean {
  const next = entries.find((entry) => entry.version === version + 1)
  return next !== undefined && next.trace.causationId === undefined
}
