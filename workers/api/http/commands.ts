import {
  type AggregateView,
  type CommandReply,
  type ReplyEvent,
  unpackRefusal,
} from '../../../durable-objects/aggregate/protocol.ts'
import type { CommandStep } from '../../../shared/core/effect.ts'
import { registry } from '../../../shared/registry.ts'
import type { ApiContext } from './context.ts'
import { sendJson } from './context.ts'
import { claimKey, type Intent, intentOf, markReplayed } from './idempotency.ts'
import { Problem, problemMembers, problemOf, reportFault } from './problems.ts'
import { dataForBuyer } from './redaction.ts'
import { entityTag } from './request/conditions.ts'
import type { AggregateStub, ResourceKind } from './resource.ts'
import { isForBuyer, resourceFor } from './resource.ts'
import { OBJECT_TIMEOUT_MS, withTimeout } from './timeout.ts'

interface CommandOptions {
  /** Answered with 201 and Location. */
  readonly creates?: boolean
  /** The body names the aggregate, so that an Idempotency-Key has to be claimed. */
  readonly namedByBody?: boolean
  /** `Prefer: wait` is honoured. */
  readonly waits?: boolean
}

/**
 * Sends a command to its object. `part` distinguishes several commands of one request.
 *
 * @throws TimeoutFault
 */
export async function execute<State>(
  c: ApiContext,
  object: AggregateStub<State>,
  { to, command }: CommandStep,
  intent: Intent,
  part = '',
): Promise<CommandReply<State>> {
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

/** Runs one command on one aggregate and answers with its resource. */
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

/** The answer to a command: the resource, the preview of a dry run, or the refusal as a problem. */
export function answer<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  reply: CommandReply<State>,
  intent: Intent,
  options: CommandOptions = {},
): Response {
  if (intent.dryRun) return answerDryRun(c, kind, reply)
  const { view, repeated } = accepted(reply)
  return answerView(c, kind, view, { ...options, repeated })
}

/** A resource as the answer to a command. */
export function answerView<State, Resource>(
  c: ApiContext,
  kind: ResourceKind<State, Resource>,
  view: AggregateView<State>,
  { creates = false, repeated = false }: CommandOptions & { repeated?: boolean } = {},
): Response {
  markReplayed(c, repeated)
  c.header('ETag', entityTag(view.version))
  if (creates) c.header('Location', `/v1/${kind.collection}/${encodeURIComponent(view.id)}`)
  // Rendered as of its own time, so that a repetition has the same body.
  return sendJson(c, resourceFor(c, kind, view), creates ? 201 : 200)
}

/** @throws Problem for a command that was refused */
export function accepted<State>(reply: CommandReply<State>): Extract<CommandReply<State>, { ok: true }> {
  if (reply.ok) return reply
  const { code, message, occurrence } = problemOf(unpackRefusal(reply.refusal))
  throw new Problem(code, message, {
    ...occurrence,
    ...(reply.repeated && { headers: { 'Idempotent-Replayed': 'true' } }),
  })
}

/**
 * Continues after the response is sent, so that neither its content nor its timing reveals the outcome. Faults are
 * reported; the client does not see them and may send the request again.
 */
export function afterAnswering(c: ApiContext, work: () => Promise<unknown>): void {
  c.executionCtx.waitUntil(work().catch((fault: Error) => reportFault(c, fault)))
}

/** The preview of a command: its events, its refusal, and the resource as it would be. */
export function answerDryRun<State, Resource>(
  c: ApiContext,
  kind: Pick<ResourceKind<State, Resource>, 'kind' | 'render' | 'forBuyer'>,
  reply: CommandReply<State>,
): Response {
  const dataOf = ({ type, data }: ReplyEvent): unknown =>
    isForBuyer(c)
      ? dataForBuyer(`${registry[kind.kind].context}.${type}`, JSON.parse(data))
      : JSON.parse(data)
  return sendJson(c, {
    dryRun: true,
    events: reply.events.map((event) => ({ type: event.type, version: event.version, data: dataOf(event) })),
    refusal: reply.ok ? null : problemMembers(unpackRefusal(reply.refusal)),
    ...(reply.ok && { resource: resourceFor(c, kind, reply.view) }),
  })
}
