import type { z } from 'zod'
import type { ProjectionMessage } from '../shared/core/projection.ts'
import type { AggregateKind, registry } from '../shared/registry.ts'
import type { AggregateRpc } from './aggregate/protocol.ts'
import type { ForwarderRpc } from './forwarder/protocol.ts'
import type { ReplayRpc } from './replay/replay.ts'
import type { AllowanceRpc, ClockRpc, IdempotencyKeysRpc, SandboxGatewayRpc } from './rpc.ts'
import type { Settings } from './settings.ts'

/** The objects of each kind of aggregate, under the kind's name in upper case. */
type AggregateNamespaces = {
  readonly [Kind in AggregateKind as Uppercase<Kind>]: DurableObjectNamespace<
    AggregateRpc<z.infer<(typeof registry)[Kind]['state']>>
  >
}

interface Bindings {
  readonly IDEMPOTENCY_KEYS: DurableObjectNamespace<IdempotencyKeysRpc>
  /** What each caller did, and what was done about each address, within the last hour. */
  readonly ALLOWANCE: DurableObjectNamespace<AllowanceRpc>
  readonly CLOCK: DurableObjectNamespace<ClockRpc>
  readonly SANDBOX_GATEWAY: DurableObjectNamespace<SandboxGatewayRpc>
  readonly FORWARDER: DurableObjectNamespace<ForwarderRpc>
  readonly REPLAY: DurableObjectNamespace<ReplayRpc>

  /** Every published event, on its way to the sinks; see `messageText`. */
  readonly EVENTS: Queue<string>
  /** Aggregates whose rows in the lists may be out of date. */
  readonly PROJECTIONS: Queue<ProjectionMessage>
  /** The read database: lists, the development mailbox, the register of parked effects. */
  readonly DATABASE: D1Database
  readonly LAKE: R2Bucket
  readonly RATE_LIMIT: RateLimit
  readonly RATE_LIMIT_OPERATOR: RateLimit
  /** The `send_email` binding of Cloudflare Email Sending; see wrangler.toml. */
  readonly EMAIL?: SendEmail
}

/** The Worker's bindings, as `wrangler.toml` declares them, and its settings. Secrets come only from here. */
export interface Env extends AggregateNamespaces, Bindings, Settings {}

/** The binding of a kind's Durable Object class. */
export function bindingOf<Kind extends string>(kind: Kind): Uppercase<Kind>
export function bindingOf(kind: string): string {
  return kind.toUpperCase()
}

/** Whether this is a development deployment: sandbox clock, mailbox over HTTP, a development key. */
export function isDevelopment(env: Pick<Env, 'ENVIRONMENT'>): boolean {
  return env.ENVIRONMENT === 'development'
}
