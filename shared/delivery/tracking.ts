import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { ended, notStarted, notUnderWay, ofOrder } from './facts.ts'
import { DELIVERY } from './policies.ts'
import { deliveryPlace } from './redact.ts'
import { refuse } from './refusals.ts'
import type { Delivery } from './state.ts'

type Seen = {
  readonly place: string
  readonly note?: string | undefined
  readonly newsId?: string | undefined
}

/**
 * Where the parcel is, on its way there or back; the first sign of one that has failed starts its return.
 * The same place and note as just before are no news. Refused: `delivery_not_started`, `delivery_ended`.
 */
export function trackDelivery(
  seen: CommandOf<DeliveryCommand, 'TrackDelivery'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  switch (state.status) {
    case 'started':
    case 'returning':
      return isKnown(seen, state) ? accept() : accept(tracked(seen, state))
    case 'failed':
      // What the carrier told before the failure, and tells once again, is no sign of a return.
      return isToldBefore(seen, state)
        ? accept()
        : accept<DeliveryEvent>(returned(state), tracked(seen, state))
    case 'scheduled':
      return notStarted(state)
    default:
      return ended(state)
  }
}

/**
 * The parcel comes back; where it was seen may be told. Refused: `delivery_not_started`,
 * `delivery_not_failed`, `delivery_ended`.
 */
export function startReturn(
  { place, note, newsId }: CommandOf<DeliveryCommand, 'StartReturn'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  const seen = place === undefined ? [] : [{ place, note, newsId }]
  const entries = seen.filter((entry) => !isKnown(entry, state)).map((entry) => tracked(entry, state))
  switch (state.status) {
    case 'failed':
      return accept<DeliveryEvent>(returned(state), ...entries)
    case 'returning':
      return accept(...entries)
    case 'scheduled':
      return notStarted(state)
    case 'started':
      return refuse('delivery_not_failed', 'The parcel is still on its way to its address.', {
        attempts: state.attempts,
      })
    default:
      return ended(state)
  }
}

/**
 * The parcel comes at another time (UTC), which leaves the promise as it was. Refused:
 * `delivery_not_started`, `delivery_ended`, `delay_not_in_future`.
 */
export function delayDelivery(
  command: CommandOf<DeliveryCommand, 'DelayDelivery'>,
  state: Delivery,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  const refused = notUnderWay(state)
  if (refused) return refused
  const { reason, newDate } = command
  const last = state.delays.at(-1)
  if (last?.newDate === newDate && last.reason === reason) return accept()
  if (newDate <= context.now)
    return refuse('delay_not_in_future', `${newDate} is not after ${context.now}.`, { now: context.now })
  return accept({
    type: 'DeliveryDelayed',
    data: { ...ofOrder(state), reason, newDate, previousDate: state.expectedBy },
  })
}

/** Nobody took the parcel; the third time for good. Refused: `delivery_not_started`, `delivery_ended`. */
export function failAttempt(
  { reason, newsId }: CommandOf<DeliveryCommand, 'FailAttempt'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  if (isToldBefore({ newsId }, state)) return accept()
  const refused = notUnderWay(state)
  if (refused) return refused
  const attempt = state.attempts + 1
  const failed: DeliveryEvent = {
    type: 'DeliveryAttemptFailed',
    data: { ...ofOrder(state), attempt, reason, ...(newsId !== undefined && { newsId }) },
  }
  if (attempt < DELIVERY.maximumAttempts) return accept(failed)
  return accept<DeliveryEvent>(failed, {
    type: 'DeliveryFailed',
    data: { ...ofOrder(state), attempts: attempt, reason },
  })
}

/** News that was told before, or a parcel that stands where it stood: a repetition adds nothing. */
function isKnown(seen: Seen, state: Delivery): boolean {
  const last = state.tracking.at(-1)
  const { place, note } = keptOf(seen, state)
  return isToldBefore(seen, state) || (last?.place === place && last.note === note)
}

function isToldBefore({ newsId }: Pick<Seen, 'newsId'>, { newsIds }: Delivery): boolean {
  return newsId !== undefined && newsIds.includes(newsId)
}

/** Nothing personal comes back into a delivery that was cleaned of it. */
function keptOf(seen: Seen, { personalDataErased }: Delivery): Pick<Seen, 'place' | 'note'> {
  return personalDataErased ? { place: deliveryPlace(seen.place) } : seen
}

function tracked(seen: Seen, state: Delivery): DeliveryEvent {
  const { place, note } = keptOf(seen, state)
  const { newsId } = seen
  return {
    type: 'DeliveryTracked',
    data: {
      ...ofOrder(state),
      place,
      ...(note !== undefined && { note }),
      ...(newsId !== undefined && { newsId }),
    },
  }
}

function returned(state: Delivery): DeliveryEvent {
  return { type: 'DeliveryReturnStarted', data: ofOrder(state) }
}
