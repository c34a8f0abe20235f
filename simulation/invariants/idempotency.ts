import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { StoredCommand } from '../../durable-objects/aggregate/journal/stored-log.fixture.ts'
import { earlier, HOUR, instantOf } from '../../shared/core/time.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Inspection } from '../world.ts'
import { always, type Finding, finding, grouped } from './invariant.ts'
import {
  type Answered,
  answered,
  callerOf,
  canonical,
  isCommand,
  isSuccess,
  kindOf,
  nameOf,
  pathOf,
} from './requests.ts'
import { type Entry, everyStream, type Stream, streamOf, versionOf } from './streams.ts'

/** Answers that are given before a record is looked up, and may be another the next time. */
const UNRECORDED = new Set([400, 401, 403, 404, 412, 429])
const problem = z.looseObject({ code: z.string() })
/** What an erasure leaves of a resource. */
const resource = z.object({ id: z.string(), version: z.int(), status: z.string().optional() })
const verified = z.object({ customer: resource })
/** Refused by the router, before the command reaches the object that records its answers: other customers decide. */
const UNRECORDED_CODES = new Set(['email_taken', 'customer_not_active', 'customer_suspended', 'unavailable'])

export const sameKeySameAnswer = always(
  'same key, same answer',
  'Requests of one caller with the same Idempotency-Key and body have the same answer; with another body they are refused.',
  function* (inspection) {
    const keyed = answered(inspection.exchanges).filter(
      (exchange) => isCommand(exchange) && exchange.request.headers?.['idempotency-key'] !== undefined,
    )
    const byKey = grouped(keyed, (exchange) =>
      JSON.stringify([
        callerOf(exchange),
        exchange.request.method,
        pathOf(exchange),
        exchange.request.headers?.['idempotency-key'],
      ]),
    )
    for (const group of byKey.values()) {
      const byBody = grouped(group, ({ request }) => canonical(request.body ?? {}))
      for (const same of byBody.values()) yield* unequalAnswers(inspection, same)
      const accepted = [...byBody.values()].flatMap(
        (same) => same.find(({ answer }) => isSuccess(answer)) ?? [],
      )
      const [first, second] = accepted
      if (first && second)
        yield finding(
          `One Idempotency-Key was accepted with two bodies: ${nameOf(first)} and ${nameOf(second)}.`,
        )
    }
  },
)

export const oneEffect = always(
  'each command happens once',
  'What an effect or a keyed request sends happens in one commit, at one aggregate, under an id that follows from its event.',
  function* (inspection) {
    const receivers = new Map<string, string>()
    const streams = everyStream(inspection)
    const logs = new Map(streams.map((stream) => [eventId(stream, 0), stream]))
    for (const stream of streams) {
      const seen = new Set<string>()
      for (const command of stream.commands) {
        if (seen.has(command.id))
          yield finding(`The command ${command.id} has happened twice at ${stream.name}.`, stream.name)
        seen.add(command.id)
        const key = uniqueName(stream, command)
        const other = key === null ? undefined : receivers.get(key)
        if (other !== undefined)
          yield finding(
            `The command ${command.id} has happened at ${other} and at ${stream.name}.`,
            other,
            stream.name,
          )
        if (key !== null) receivers.set(key, stream.name)
        if (command.id.includes('#') && !command.id.startsWith('http:') && !isOfEvent(command.id, logs))
          yield finding(
            `${stream.name} has a record of the command ${command.id}, which no stored event can have sent.`,
            stream.name,
          )
      }
      yield* repeatedCommands(stream, inspection.now)
    }
    for (const { id, to, subject } of inspection.mails)
      if (!isOfEvent(id, logs))
        yield finding(
          `The mail "${subject}" to ${to} has the id ${id}, which no stored event can have given it.`,
        )
  },
)

export const dryRuns = always(
  'a dry run changes nothing',
  'No log has an event of a request that asked for a preview.',
  function* (inspection) {
    const previews = new Map<string, Answered>()
    for (const exchange of answered(inspection.exchanges)) {
      const id = exchange.answer.headers['x-request-id']
      const isOwn = exchange.request.headers?.['x-request-id'] === undefined
      if (id !== undefined && isOwn && /[?&]dryRun=true/.test(exchange.request.path))
        previews.set(id, exchange)
    }
    if (previews.size === 0) return
    for (const { name, entries } of everyStream(inspection))
      for (const { version, event, trace } of entries) {
        const preview = previews.get(trace.correlationId)
        if (preview)
          yield finding(
            `${nameOf(preview)} was a dry run, but ${name} has its ${event.type} as version ${version}.`,
            name,
          )
      }
  },
)

function* unequalAnswers(inspection: Inspection, same: readonly Answered[]): Generator<Finding> {
  const lasting = same.filter(({ answer }) => {
    const code = problem.safeParse(answer.body).data?.code ?? ''
    return answer.status < 500 && !UNRECORDED.has(answer.status) && !UNRECORDED_CODES.has(code)
  })
  const [first, ...others] = lasting
  if (!first) return
  const isErased = wasErased(inspection, first)
  for (const other of others)
    if (
      other.answer.status !== first.answer.status ||
      compared(other, isErased) !== compared(first, isErased)
    )
      yield finding(
        `${nameOf(first)} and ${nameOf(other)} have the same Idempotency-Key and body, but the answers ` +
          `${first.answer.status} ${canonical(first.answer.body)} and ${other.answer.status} ${canonical(other.answer.body)}.`,
      )
}

/** The body of an answer; once its aggregate is erased, a repetition has it without personal data. */
function compared({ answer }: Answered, isErased: boolean): string {
  return canonical((isErased ? resourceIn(answer.body) : undefined) ?? answer.body)
}

/** What an erasure leaves of the aggregate in an answer; a verified customer stands beside an access token. */
function resourceIn(body: unknown): z.infer<typeof resource> | undefined {
  return resource.safeParse(body).data ?? verified.safeParse(body).data?.customer
}

function wasErased(inspection: Inspection, exchange: Answered): boolean {
  const { id } = resourceIn(exchange.answer.body) ?? {}
  const kind = id === undefined ? undefined : kindOf(exchange, id)
  const stream = kind === undefined || id === undefined ? undefined : streamOf(inspection, kind, id)
  const erasedBy = stream?.aggregate.personalData?.erasedBy ?? []
  return stream?.entries.some(({ event }) => erasedBy.includes(event.type)) ?? false
}

/** Events that a command has caused outside of its recorded commit, or without a record. */
function* repeatedCommands(stream: Stream, now: number): Generator<Finding> {
  const commandsOf = grouped(stream.commands, causeOf)
  // Records are pruned oldest first, after two days.
  const oldest = stream.commands.reduce((at, command) => earlier(at, command.at), instantOf(now - 47 * HOUR))
  for (const entry of stream.entries) {
    const { version, event, trace, time } = entry
    if (isOfTimer(stream, entry)) continue
    const cause = trace.causationId ?? trace.correlationId
    const commands = commandsOf.get(cause)
    if (commands?.some(({ first, last }) => first <= version && version <= last)) continue
    if (commands)
      yield finding(
        `${stream.name}: version ${version} (${event.type}) was caused by ${cause}, but that is on record as ` +
          `${commands.map(({ id, first, last }) => `${id} with versions ${first} to ${last}`).join(', ')}.`,
        stream.name,
      )
    else if (trace.causationId !== undefined && time > oldest)
      yield finding(
        `${stream.name}: version ${version} (${event.type}) was caused by ${cause}, but no command of it is on record.`,
        stream.name,
      )
  }
}

/** Whether a timer fired it: the correlation names the version before its commit. */
function isOfTimer(stream: Stream, { trace, time }: Entry): boolean {
  const prefix = eventId(stream, '')
  const { correlationId, causationId } = trace
  if (!correlationId.startsWith(prefix) || !correlationId.includes('@')) return false
  const version = Number(correlationId.slice(prefix.length, correlationId.indexOf('@')))
  const first = stream.entries[version]
  return (
    first !== undefined &&
    first.trace.correlationId === correlationId &&
    first.trace.causationId === causationId &&
    first.time === time
  )
}

/** A name that one aggregate alone may have a record of; `null` where several may. */
function uniqueName({ aggregate }: Stream, { id, first, last }: StoredCommand): string | null {
  // A key that is used at two paths is two commands, unless it creates.
  if (id.startsWith('http:')) return first === 1 && last >= 1 ? `${aggregate.kind} ${id}` : null
  // Without the number of a step it is a reply, which a port may pass on under the same id.
  return /#\d+\./.test(id) ? id : null
}

/** What the events of a command name as their cause: the event that sent it, or the request with its key. */
function causeOf({ id }: StoredCommand): string {
  if (!id.startsWith('http:')) return id.slice(0, Math.max(0, id.lastIndexOf('#')))
  // Parts of one request share its correlation.
  const request = id.replace(/\/(give|prices)$/, '')
  return createHash('sha256').update(request).digest('hex').slice(0, 32)
}

/** Whether an effect of this id can exist: `<event id>#<n>`, of an event that is stored. */
function isOfEvent(effectId: string, logs: ReadonlyMap<string, Stream>): boolean {
  const [, stream, version] = /^(.+)\/(\d+)#\d+(\..+)?$/.exec(effectId) ?? []
  const log = logs.get(`${stream}/0`)
  return log !== undefined && Number(version) >= 1 && Number(version) <= versionOf(log)
}

function eventId({ aggregate, id }: Stream, version: number | ''): string {
  return `${streamName(aggregate.kind, id)}/${version}`
}
