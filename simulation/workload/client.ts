import { z } from 'zod'
import type { HttpAnswer, HttpRequest } from '../world.ts'
import type { Actor } from './actor.ts'

/**
 * How a client sends a command:
 *
 * - `plain`: once, without a key, whatever comes of it
 * - `careless`: without a key, and again if there is no answer: it may happen twice
 * - `keyed`: under a key, and again until it is answered
 * - `echo`: as `keyed`, and once more after the answer
 * - `late`: as `keyed`, and once more minutes later, when the story has ended
 * - `reuse`: as `keyed`, and then another request under the same key
 * - `double`: twice at once under one key
 * - `twins`: twice at once under two keys
 * - `stale`: with an old version in If-Match, then without
 * - `guarded`: as `keyed`, with the current version in If-Match
 * - `preview`: a dry run, with the current version in If-Match, then as `keyed`
 */
export const habits = [
  'plain',
  'careless',
  'keyed',
  'echo',
  'late',
  'reuse',
  'double',
  'twins',
  'stale',
  'guarded',
  'preview',
] as const
export const habitSchema = z.enum(habits)
export type Habit = z.infer<typeof habitSchema>

/** A command as a client means it. */
export interface Command {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  /** Under `/v1`. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** A body that differs, for clients that reuse a key. */
  readonly otherBody?: Readonly<Record<string, unknown>>
  /** None: the client has not logged in. */
  readonly token?: string | undefined
  /** Where an If-Match is of use: reads the present version. */
  readonly version?: () => Promise<number | undefined>
  /** Seconds that the client is willing to wait (`Prefer: wait`). */
  readonly wait?: number
}

/** Pauses before each repetition of a request that was not answered, or with an error of the server (ms). */
const REPETITION_PAUSES_MS = [400, 2_000, 6_000, 15_000, 40_000]
/** How much later the `late` habit repeats (ms): most objects have left memory by then. */
const LATE_MS = 270_000
/** A request that is refused for its number is repeated so often. */
const MAX_LIMITED_REPETITIONS = 1

/** Carries out a command in a client's habit. Returns the answers that are a success, in the order they came. */
export async function perform(actor: Actor, command: Command, habit: Habit): Promise<HttpAnswer[]> {
  const key = { 'idempotency-key': actor.nextKey() }
  const { by } = actor
  const send = (headers: Record<string, string>, body = command.body) =>
    untilAnswered(actor, requestOf(actor, { ...command, ...(body && { body }) }, headers), by)
  const answers: (HttpAnswer | null)[] = []
  switch (habit) {
    case 'plain':
      answers.push(await actor.outside.send(actor.by, requestOf(actor, command, {})))
      break
    case 'careless':
      answers.push(await send({}))
      break
    case 'keyed':
      answers.push(await send(key))
      break
    case 'echo':
      answers.push(await send(key))
      await send(key)
      break
    case 'late':
      answers.push(await send(key))
      actor.later(LATE_MS, async () => void (await send(key)))
      break
    case 'reuse':
      answers.push(await send(key))
      if (command.otherBody) await send(key, command.otherBody)
      break
    case 'double':
      answers.push(...(await Promise.all([send(key), send(key)])))
      break
    case 'twins':
      answers.push(...(await Promise.all([send(key), send({ 'idempotency-key': actor.nextKey() })])))
      break
    case 'preview': {
      const version = await command.version?.()
      const dryRun = { ...command, path: `${command.path}?dryRun=true` }
      await untilAnswered(
        actor,
        requestOf(actor, dryRun, version === undefined ? {} : { 'if-match': `"${version}"` }),
      )
      answers.push(await send(key))
      break
    }
    case 'stale':
    case 'guarded': {
      const version = await command.version?.()
      if (version === undefined) answers.push(await send(key))
      else if (habit === 'guarded') answers.push(await send({ ...key, 'if-match': `"${version}"` }))
      else {
        answers.push(await send({ ...key, 'if-match': `"${Math.max(1, version - 1)}"` }))
        answers.push(await send({ 'idempotency-key': actor.nextKey() }))
      }
    }
  }
  return answers.flatMap((answer) => (answer !== null && answer.status < 300 ? [answer] : []))
}

/** Reads a path under `/v1` with a schema; `undefined` if it cannot be read, or is not there. */
export async function read<Schema extends z.ZodType>(
  actor: Actor,
  schema: Schema,
  path: string,
  token?: string,
): Promise<z.output<Schema> | undefined> {
  const headers = { 'cf-connecting-ip': actor.address, ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await untilAnswered(actor, { method: 'GET', path: `/v1${path}`, headers })
  return answer === null ? undefined : bodyOf(schema, answer)
}

/** The body of an answer that is a success; `undefined` if it is none, or has another form. */
export function bodyOf<Schema extends z.ZodType>(
  schema: Schema,
  answer: HttpAnswer | undefined,
): z.output<Schema> | undefined {
  if (answer === undefined || answer.status >= 300) return undefined
  return schema.safeParse(answer.body).data
}

/** Sends a request again, after pauses, until the server answers it. `null`: it never did. */
export async function untilAnswered(
  actor: Actor,
  request: HttpRequest,
  by = actor.by,
): Promise<HttpAnswer | null> {
  for (let repetition = 0; ; repetition += 1) {
    const answer = await actor.outside.send(by, request)
    const limited = answer?.status === 429
    if (answer && answer.status < 500 && !limited) return answer
    const pause = REPETITION_PAUSES_MS[repetition]
    if (pause === undefined || (limited && repetition >= MAX_LIMITED_REPETITIONS)) return answer
    await actor.outside.wait(pause)
  }
}

function requestOf(
  actor: Actor,
  { method, path, body, token, wait }: Command,
  more: Readonly<Record<string, string>>,
): HttpRequest {
  return {
    method,
    path: `/v1${path}`,
    headers: {
      'cf-connecting-ip': actor.address,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
      ...(wait !== undefined && wait > 0 && { prefer: `wait=${wait}` }),
      ...more,
    },
    ...(body && { body }),
  }
}
