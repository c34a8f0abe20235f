import { z } from '@hono/zod-openapi'
import type {
  AggregateView,
  CommandEnvelope,
  CommandReply,
  ReadRequest,
  ReadView,
} from '../../../durable-objects/aggregate/protocol.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { currencySchema, type Money } from '../../../shared/core/money/money.ts'
import { type Instant, instantSchema } from '../../../shared/core/time.ts'
import type { AggregateKind } from '../../../shared/registry.ts'
import { hasScope } from './auth/authorization.ts'
import type { Caller } from './auth/caller.ts'
import type { ApiContext } from './context.ts'

/** The methods of an aggregate's object that the API calls. */
export interface AggregateStub<State> {
  execute(envelope: CommandEnvelope): Promise<CommandReply<State>>
  read(which: ReadRequest): Promise<ReadView<State> | null>
  history(which: { after: number; limit: number }): Promise<string[]>
}

/** How one kind of aggregate is represented over HTTP, and to whom. */
export interface ResourceKind<State, Resource> {
  /** The plural, in paths and as the tag. */
  readonly collection: string
  /** The aggregate's kind; also used in sentences. */
  readonly kind: AggregateKind
  readonly schema: z.ZodType<Resource>
  /** The problem code for one that does not exist or is not visible to the caller. */
  readonly notFoundCode: string
  object(env: Env, id: string): AggregateStub<State>
  /** `now` (UTC) is the time of the answer, for resources that depend on it. */
  render(view: AggregateView<State>, now: Instant): Resource
  /** Whether the caller may know that it exists. */
  mayRead(caller: Caller, aggregate: Pick<AggregateView<State>, 'id' | 'state'>): boolean
  /** Redacts the resource for its buyer; events are redacted in `redaction.ts`. */
  readonly forBuyer?: (resource: Resource) => Resource
  /** The resource may change with time alone, so an equal version does not suffice for 304. */
  readonly changesWithTime?: boolean
}

/** Money in responses: an integer of minor units with its currency. */
export const moneyResource = z
  .object({
    amount: z.int().openapi({ example: 1999 }),
    currency: currencySchema,
  })
  .openapi('Money')

/** The first members of every resource. */
export const identityShape = {
  id: z.string(),
  version: z.int().min(1).openapi({ description: 'Also in ETag; for If-Match and ?version=.' }),
}
/** The last members of every resource. */
export const timesShape = { createdAt: instantSchema, updatedAt: instantSchema }

/** A function from minor units to money of one currency. */
export function moneyIn(currency: string): (amount: number) => Money {
  return (amount) => ({ amount, currency })
}

/** The resource as the caller may see it. */
export function resourceFor<State, Resource>(
  c: ApiContext,
  kind: Pick<ResourceKind<State, Resource>, 'render' | 'forBuyer'>,
  view: AggregateView<State>,
  now: Instant = view.updatedAt,
): Resource {
  const resource = kind.render(view, now)
  return isForBuyer(c) && kind.forBuyer ? kind.forBuyer(resource) : resource
}

/** Whether resources and events are redacted for the caller. */
export function isForBuyer(c: ApiContext): boolean {
  return !hasScope(c.get('caller'), 'operator')
}
