import { createHash } from 'node:crypto'
import {
  type CommandReply,
  type Reading,
  type ReplyEvent,
  unpackRefusal,
} from '../../../durable-objects/aggregate/protocol.ts'
import type { KeyUse } from '../../../durable-objects/idempotency-keys.ts'
import { contextOf } from '../../../durable-objects/stream-names.ts'
import type { CommandStep } from '../../../shared/core/effect.ts'
import { derivedId, type IdPrefix, newId } from '../../../shared/core/ids.ts'
import type { Instant } from '../../../shared/core/time.ts'
import { withinTime } from '../../../shared/ports/time-limit.ts'
import { callerName, hasScope } from './auth/authentication.ts'
import type { ApiContext } from './context.ts'
import { currenciesOf } from './currencies.ts'
import { Problem, problemMembers, problemOf, reportFault, TimeoutFault } from './problems.ts'
import { dataForBuyer } from './redaction.ts'
import { entityTag, ifMatch, type VersionCondition } from './request/conditions.ts'
import { idempotencyKey, preferredWait } from './request/request-headers.ts'
import { validatedText } from './request/validated.ts'
import type { AggregateStub, ResourceKind } from './resource.ts'

/** No object may take longer to answer (ms), not counting what a client is willing to wait. */
const OBJECT_TIMEOUT_MS = 20_000

/** What a request asks for around its command. */
export interface Intent {
  /** The same for every repetition of the request; missing without an Idempotency-Key. */
  readonly commandId: string | undefined
  readonly fingerprint: string | undefined
  readonly condition: VersionCondition | undefined
  readonly dryRun: boolean
  /** Seconds. */
  readonly wait: number | undefined
}

interface CommandOptions {
  /** Answered with 201 and Location. */
  readonly creates?: boolean
  /** Whether the body says which aggregate it is, so that an Idempotency-Key has to be claimed. */
  readonly namedByBody?: boolean
  /** Whether `Prefer: wait` is honoured. */
  readonly waits?: boolean
}

/**
 * Reads what a request asks for around its command. Repetitions under one Idempotency-Key also share
 * their correlation id, so that even a refusal is the same to the byte.
 *
 * @throws Problem `invalid_header`
 */
export async function intentOf(c: ApiContext, { waits = false }: CommandOptions = {}): Promise<Intent> {
  const key = idempotencyKey(c.req.header('Idempotency-Key'))
  const condition = ifMatch(c.req.header('If-Match'))
  const dryRun = c.req.query('dryRun') === 'true'
  const wait = waits && !dryRun ? preferredWait(c.req.header('Prefer')) : undefined
  if (wait !== undefined) c.header('Preference-Applied', `wait=${wait}`)
  if (key === undefined || dryRun)
    return { commandId: undefined, fingerprint: undefined, condition, dryRun, wait }
  const commandId = `http:${keySpaceOf(c)}:${c.get('operationId')}:${key}`
  c.set('trace', { ...c.get('trace'), correlationId: hash(commandId).slice(0, 32) })
  return { commandId, fingerprint: fingerprintOf(c), condition, dryRun, wait }
}

/**
 * Whose idempotency keys are told apart from others'. Callers without a token who share an address (an office,
 * a mobile network) are told apart by what their clients say of themselves: no more is known of them.
 */
function keySpaceOf(c: ApiContext): string {
  const caller = c.get('caller')
  if (caller.kind === 'known') return callerName(caller)
  const client = ['User-Agent', 'Accept-Language'].map((name) => c.req.header(name) ?? '')
  return `${callerName(caller)}:${hash(JSON.stringify(client)).slice(0, 16)}`
}

/**
 * The id of what a request creates: a repeated request is led to the object that has its answer. Without a
 * token the id is random whatever key was sent, as it can be all that protects what is created (a guest's
 * cart), and the key's part is to find it again.
 *
 * @throws Problem `idempotency_key_reused`
 */
export async function idToCreate(c: ApiContext, prefix: IdPrefix, intent: Intent): Promise<string> {
  const { commandId, fingerprint } = intent
  if (commandId === undefined || fingerprint === undefined) return newId(prefix)
  if (c.get('caller').kind === 'known') return derivedId(prefix, commandId)
  const id = await withTimeout(keysOf(c).claimId(commandId, fingerprint, newId(prefix)))
  if (id === null) throw keyReused()
  return id
}

/**
 * Makes a key belong to this request alone, where its body and not the key names the object that would
 * find it used: see `IdempotencyKeysObject`. The answer is whether the request comes once more.
 *
 * @throws Problem `idempotency_key_reused`
 */
export async function claimKey(c: ApiContext, { commandId, fingerprint }: Intent): Promise<boolean> {
  if (commandId === undefined || fingerprint === undefined) return false
  const use = await withTimeout<KeyUse | null>(keysOf(c).claim(commandId, fingerprint))
  if (use === null) throw keyReused()
  return use === 'repeated'
}

function keysOf(c: ApiContext) {
  const keys = c.env.IDEMPOTENCY_KEYS
  return keys.getByName(keySpaceOf(c))
}

function keyReused(): Problem {
  return new Problem('idempotency_key_reused', 'This key was used for another request.')
}

/** A name for something that a request brings about and that has no id of its own; the same if repeated. */
export function nameOnce({ commandId }: Intent): string {
  return commandId === undefined ? crypto.randomUUID() : hash(commandId).slice(0, 32)
}

/**
 * Sends a command to its object. `part` tells several commands of one request apart.
 *
 * @throws Problem `not_configured` while no decision could count money; TimeoutFault
 */
export async function execute<State>(
  c: ApiContext,
  object: AggregateStub<State>,
  { to, command }: CommandStep,
  intent: Intent,
  part = '',
): Promise<CommandReply<State>> {
  currenciesOf(c.env)
  const { commandId, fingerprint, condition, dryRun, wait } = intent
  const waitMilliseconds = (wait ?? 0) * 1_000
  return withTimeout(
    object.execute({
      id: to.id,
      command,
      trace: c.get('trace'),
      ...(commandId !== undefined && {
        commandId: `${commandId}${part}`,
        ...(fingerprint && { fingerprint }),
      }),
      ...(condition && { expectedVersions: condition === 'any' ? condition : [...condition] }),
      ...(dryRun && { dryRun }),
      ...(waitMilliseconds > 0 && { waitMilliseconds }),
    }),
    OBJECT_TIMEOUT_MS + waitMilliseconds,
  )
}

/** Runs one command on one aggregate and answers with the resource: what most operations do. */
export async function runCommand<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  step: CommandStep,
  options: CommandOptions = {},
): Promise<Response> {
  const intent = await intentOf(c, options)
  if (options.namedByBody) await claimKey(c, intent)
  return answer(c, kind, await execute(c, kind.object(c.env, step.to.id), step, intent), intent, options)
}

/** The answer to a command: the resource, what a dry run foresees, or the refusal as a problem. */
export function answer<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  reply: CommandReply<State>,
  intent: Intent,
  options: CommandOptions = {},
): Response {
  if (intent.dryRun) return answerDryRun(c, kind, reply)
  const { reading, replayed } = accepted(reply)
  return answerView(c, kind, reading, { ...options, replayed })
}

/** A resource as the answer to a command. */
export function answerView<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  reading: Reading<State>,
  { creates = false, replayed = false }: CommandOptions & { replayed?: boolean } = {},
): Response {
  markReplayed(c, replayed)
  c.header('ETag', entityTag(reading.version))
  if (creates) c.header('Location', `/v1/${kind.collection}/${encodeURIComponent(reading.id)}`)
  // Shown as of its own time: a repetition gives the same body.
  return sendJson(c, resourceFor(c, kind, reading), creates ? 201 : 200)
}

/** A resource as the caller may see it. */
export function resourceFor<State, Resource>(
  c: ApiContext,
  kind: Pick<ResourceKind<State, Resource>, 'render' | 'forBuyer'>,
  reading: Reading<State>,
  now: Instant = reading.updatedAt,
): Resource {
  const resource = kind.render(reading, now)
  return isForBuyer(c) && kind.forBuyer ? kind.forBuyer(resource) : resource
}

/** Whether the caller may see less than an operator does. */
export function isForBuyer(c: ApiContext): boolean {
  return !hasScope(c.get('caller'), 'operator')
}

/** Tells a repetition from the first request. */
export function markReplayed(c: ApiContext, replayed: boolean): void {
  if (replayed) c.header('Idempotent-Replayed', 'true')
}

/** Sends JSON. */
export function sendJson(c: ApiContext, body: unknown, status: 200 | 201 | 202 = 200): Response {
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/json' })
}

/**
 * The reply to a command that was accepted.
 *
 * @throws Problem the refusal otherwise
 */
export function accepted<State>(reply: CommandReply<State>): Extract<CommandReply<State>, { ok: true }> {
  if (reply.ok) return reply
  const { code, message, occurrence } = problemOf(unpackRefusal(reply.refusal))
  throw new Problem(code, message, {
    ...occurrence,
    ...(reply.replayed && { headers: { 'Idempotent-Replayed': 'true' } }),
  })
}

/**
 * Works on after the answer, which then tells by no word and by no delay what the work came to. What goes wrong
 * is reported, and the client, who cannot know, asks again.
 */
export function afterAnswering(c: ApiContext, work: () => Promise<unknown>): void {
  c.executionCtx.waitUntil(work().catch((fault: Error) => reportFault(c, fault)))
}

/** What a command would come to. */
export function answerDryRun<State, Resource>(
  c: ApiContext,
  kind: Pick<ResourceKind<State, Resource>, 'kind' | 'render' | 'forBuyer'>,
  reply: CommandReply<State>,
): Response {
  const dataOf = ({ type, data }: ReplyEvent): unknown =>
    isForBuyer(c) ? dataForBuyer(`${contextOf(kind.kind)}.${type}`, JSON.parse(data)) : JSON.parse(data)
  return sendJson(c, {
    dryRun: true,
    events: reply.events.map((event) => ({ type: event.type, version: event.version, data: dataOf(event) })),
    refusal: reply.ok ? null : problemMembers(unpackRefusal(reply.refusal)),
    ...(reply.ok && { resource: resourceFor(c, kind, reply.reading) }),
  })
}

/** @throws TimeoutFault when an object does not answer in time; what it was asked may happen all the same */
export function withTimeout<Value>(
  call: Promise<Value>,
  milliseconds: number = OBJECT_TIMEOUT_MS,
): Promise<Value> {
  return withinTime(milliseconds, call, () => new TimeoutFault(`no answer within ${milliseconds} ms`))
}

/** What the client asked for: of what was validated, so that no other way of writing it is another request. */
function fingerprintOf(c: ApiContext): string {
  return `2:${hash(validatedText(c, ['dryRun']))}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
