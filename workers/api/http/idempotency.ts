import { createHash } from 'node:crypto'
import type { KeyUse } from '../../../durable-objects/rpc.ts'
import { derivedId, newId } from '../../../shared/core/ids.ts'
import { callerName } from './auth/caller.ts'
import type { ApiContext } from './context.ts'
import { Problem } from './problems.ts'
import { ifMatch, type VersionCondition } from './request/conditions.ts'
import { idempotencyKey, preferredWait } from './request/request-headers.ts'
import { validatedText } from './request/validated.ts'
import { withTimeout } from './timeout.ts'

/** What the headers and the query of a request ask for besides its command. */
export interface Intent {
  /** The same for every repetition of the request; undefined without an Idempotency-Key. */
  readonly commandId: string | undefined
  readonly fingerprint: string | undefined
  readonly condition: VersionCondition | undefined
  readonly dryRun: boolean
  /** Seconds that the client is willing to wait for the process to settle. */
  readonly wait: number | undefined
}

/**
 * Reads the intent of a request. Repetitions under one Idempotency-Key share their correlation id, so that even
 * a refusal is identical to the byte.
 *
 * @throws Problem `invalid_header`
 */
export async function intentOf(c: ApiContext, { waits = false }: { waits?: boolean } = {}): Promise<Intent> {
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
 * The namespace of a caller's idempotency keys. Callers without a token who share an IP address (an office, a mobile
 * network) are distinguished by two request headers of their clients: nothing else is known about them.
 */
function keySpaceOf(c: ApiContext): string {
  const caller = c.get('caller')
  if (caller.kind === 'known') return callerName(caller)
  const client = ['User-Agent', 'Accept-Language'].map((name) => c.req.header(name) ?? '')
  return `${callerName(caller)}:${hash(JSON.stringify(client)).slice(0, 16)}`
}

/**
 * The id of the aggregate that a request creates. It is derived from caller and key, so that a repetition reaches the
 * object that stores the answer. Without a token the id is random: it can be the only protection of what is created
 * (a guest's cart). Then the key is mapped to the id.
 *
 * @throws Problem `idempotency_key_reused`
 */
export async function idToCreate(c: ApiContext, prefix: string, intent: Intent): Promise<string> {
  const { commandId, fingerprint } = intent
  if (commandId === undefined || fingerprint === undefined) return newId(prefix)
  if (c.get('caller').kind === 'known') return derivedId(prefix, commandId)
  const id = await withTimeout(keysOf(c).claimId(commandId, fingerprint, newId(prefix)))
  if (id === null) throw keyReused()
  return id
}

/**
 * Reserves a key for this request where the body, not the key, names the target object: that object cannot detect that
 * the key was used with another body. See `IdempotencyKeysObject`. Returns whether the request is a repetition.
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
  return c.env.IDEMPOTENCY_KEYS.getByName(keySpaceOf(c))
}

function keyReused(): Problem {
  return new Problem('idempotency_key_reused', 'This key was used for another request.')
}

/** The id of something that a request creates inside an aggregate (a refund, a replay); stable under repetition. */
export function nameOnce({ commandId }: Intent): string {
  return commandId === undefined ? crypto.randomUUID() : hash(commandId).slice(0, 32)
}

/** Marks a response that is the stored answer to an earlier request. */
export function markReplayed(c: ApiContext, replayed: boolean): void {
  if (replayed) c.header('Idempotent-Replayed', 'true')
}

/** A hash of the validated request, so that equivalent spellings of it are one request. The prefix is its format. */
function fingerprintOf(c: ApiContext): string {
  return `2:${hash(validatedText(c, ['dryRun']))}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
