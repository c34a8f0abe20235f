import type { CommandOf } from '../core/aggregate.ts'
import type { StepOutcome } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { customerProfileEvent } from '../customer-profile/events.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent, OrderEventOf } from './events.ts'
import { cancelled } from './facts.ts'
import { isUnpaid, type Order } from './state.ts'

type Refusal = Extract<StepOutcome, { ok: false }>['refusal']

/**
 * What the customer's profile answered: the order goes on, or it ends, because the customer may order no
 * more, or has too many others that wait. Of an order that is paid by now it does not matter.
 */
export function recordPlace(
  { outcome: [step] }: CommandOf<OrderCommand, 'RecordPlace'>,
  state: Order,
): Decision<OrderEvent> {
  if (!step || !isUnpaid(state)) return accept()
  if (!step.ok) return accept(cancelled(state, reasonOf(step.refusal, state), step.refusal.detail))
  if (!state.awaitsPlace) return accept()
  return accept({ type: 'OrderPlaceGranted', data: { firstOrder: state.firstOrder && isFirst(step.events) } })
}

/** Whether the profile knew of no other order; an order that it knew already is what it was taken for. */
function isFirst(events: readonly unknown[]): boolean {
  return events
    .flatMap((event) => customerProfileEvent.safeParse(event).data ?? [])
    .every((event) => event.type !== 'CustomerOrderOpened' || event.data.firstOrder)
}

function reasonOf(
  { code, facts }: Refusal,
  { payments }: Order,
): OrderEventOf<'OrderCancelled'>['data']['reason'] {
  if (code === 'customer_not_active')
    return facts?.status === 'erased' ? 'customer_erased' : 'customer_suspended'
  return payments.some(({ status }) => status === 'failed') ? 'payment_failed' : 'order_limit'
}
