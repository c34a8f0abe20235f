import { z } from '@hono/zod-openapi'
import type {
  AggregateView,
  CommandEnvelope,
  CommandReply,
} from '../../../durable-objects/aggregate/protocol.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { currencySchema, type Money } from '../../../shared/core/money/money.ts'
import { type Instant, instantSchema } from '../../../shared/core/time.ts'
import type { AggregateKind } from '../../../shared/registry.ts'
import { hasScope } from './auth/authorization.ts'
import type { Caller } from './auth/caller.ts'
import type { ApiContext } from './context.ts'

/** What the API asks of an aggregate's object. */
export interface AggregateStub<State> {
  execute(envelope: CommandEnvelope): Promise<CommandReply<State>>
  read(which: { version?: number }): Promise<AggregateView<State> | null>
  history(which: { after: number; limit: number }): Promise<string[]>
}

/** How one kind of aggregate is shown over HTTP, and to whom. */
export interface ResourceKind<State, Resource> {
  /** The plural in paths and as a tag. */
  readonly collection: string
  /** The aggregate's kind, which names it in sentences too. */
  readonly kind: AggregateKind
  readonly schema: z.ZodType<Resource>
  /** The refusal for one that does not exist, or not for this caller. */
  readonly notFoundCode: string
  object(env: Env, id: string): AggregateStub<State>
  /** `now` (UTC) is the time of the answer, where the state alone does not say everything. */
  render(view: AggregateView<State>, now: Instant): Resource
  /** Whether a caller may know of it. */
  mayRead(caller: Caller, aggregate: Pick<AggregateView<State>, 'id' | 'state'>): boolean
  /** Where a buyer may see less of what is theirs than an operator does; for events see `buyers-events.ts`. */
  readonly forBuyer?: (resource: Resource) => Resource
  /** True where what is shown may change with time alone: then a version alone is no reason for 304. */
  readonly changesWithTime?: boolean
}

/** Money in answers: a whole number of minor units with its currency. */
export const moneyResource = z
  .object({
    amount: z.int().openapi({ example: 1999 }),
    currency: currencySchema,
  })
  .openapi('Money')

/** What every resource begins with. */
export const identityShape = {
  id: z.string(),
  version: z.int().min(1).openapi({ description: 'Also in ETag; for If-Match and ?version=.' }),
}
/** What every resource ends with. */
export const timesShape = { createdAt: instantSchema, updatedAt: instantSchema }

/** A function that puts amounts in minor units into one currency. */
export function moneyIn(currency: string): (amount: number) => Money {
  return (amount) => ({ amount, currency })
}

/** A resource as the caller may see it. */
export function resourceFor<State, Resource>(
  c: ApiContext,
  kind: Pick<ResourceKind<State, Resource>, 'render' | 'forBuyer'>,
  view: AggregateView<State>,
  now: Instant = view.updatedAt,
): Resource {
  const resource = kind.render(view, now)
  return isForBuyer(c) && kind.forBuyer ? kind.forBuyer(resource) : resource
}

/** Whether the caller may see less than an operator does. */
export function isForBuyer(c: ApiContext): boolean {
  return !hasScope(c.get('caller'), 'operator')
}
