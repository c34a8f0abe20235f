import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { ended, notStarted, notUnderWay, ofOrder } from './facts.ts'
import { DELIVERY } from './policies.ts'
import { reportProgress } from './progress.ts'
import { deliveryPlace } from './redact.ts'
import { refuse } from './refusals.ts'
import { type Delivery, type DeliveryFeature, newest } from './state.ts'

/** A parcel in transit: its place, delays, failed attempts and the return. */
export const tracking = {
  evolve: {
    DeliveryTracked: (state, { place, note }, at) => ({
      ...state,
      tracking: newest(state.tracking, { at, place, ...(note !== undefined && { note }) }),
    }),
    DeliveryDelayed: (state, { reason, newDate }, at) => ({
      ...state,
      expectedBy: newDate,
      delays: newest(state.delays, { at, reason, newDate }),
    }),
    DeliveryAttemptFailed: (state, { attempt }) => ({ ...state, attempts: attempt }),
    DeliveryFailed: (state, { reason }) => ({ ...state, status: 'failed', reason }),
    DeliveryReturnStarted: (state) => ({ ...state, status: 'returning' }),
  },
  decide: {
    TrackDelivery: trackDelivery,
    DelayDelivery: delayDelivery,
    FailAttempt: failAttempt,
    StartReturn: startReturn,
  },
  react: {
    DeliveryFailed: ({ orderId, reason }, _, { id }) => [
      reportProgress(orderId, id, { status: 'failed', reason }),
    ],
  },
} satisfies DeliveryFeature

type Seen = {
  readonly place: string
  readonly note?: string | undefined
  readonly newsId?: string | undefined
}

/**
 * The parcel's place, in transit or on the return; the first scan of a failed parcel starts its return.
 * The same place and note as the last change nothing. Refused: `delivery_not_started`, `delivery_ended`.
 */
function trackDelivery(
  seen: CommandOf<DeliveryCommand, 'TrackDelivery'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  switch (state.status) {
    case 'started':
    case 'returning':
      return isKnown(seen, state) ? accept() : accept(tracked(seen, state))
    case 'failed':
      // A repeated report from before the failure does not start a return.
      return isReportedBefore(seen, state)
        ? accept()
        : accept<DeliveryEvent>(returned(state), tracked(seen, state))
    case 'scheduled':
      return notStarted(state)
    default:
      return ended(state)
  }
}

/**
 * The parcel returns; the place of its scan may be given. Refused: `delivery_not_started`,
 * `delivery_not_failed`, `delivery_ended`.
 */
function startReturn(
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
 * The parcel arrives at another time (UTC); the promise does not change. Refused:
 * `delivery_not_started`, `delivery_ended`, `delay_not_in_future`.
 */
function delayDelivery(
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

/** A failed attempt at the door; the third fails the delivery. Refused: `delivery_not_started`, `delivery_ended`. */
function failAttempt(
  { reason, newsId }: CommandOf<DeliveryCommand, 'FailAttempt'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  if (isReportedBefore({ newsId }, state)) return accept()
  const refused = notUnderWay(state)
  if (refused) return refused
  const attempt = state.attempts + 1
  const failed: DeliveryEvent = {
    type: 'DeliveryAttemptFailed',
    data: { ...ofOrder(state), attempt, reason, ...(newsId !== undefined && { newsId }) },
  }
  if (attempt < DELIVERY.maxAttempts) return accept(failed)
  return accept<DeliveryEvent>(failed, {
    type: 'DeliveryFailed',
    data: { ...ofOrder(state), attempts: attempt, reason },
  })
}

/** Whether a report repeats an earlier one, or the parcel has not moved. */
function isKnown(seen: Seen, state: Delivery): boolean {
  const last = state.tracking.at(-1)
  const { place, note } = redactedPlace(seen, state)
  return isReportedBefore(seen, state) || (last?.place === place && last.note === note)
}

function isReportedBefore({ newsId }: Pick<Seen, 'newsId'>, { newsIds }: Delivery): boolean {
  return newsId !== undefined && newsIds.includes(newsId)
}

/** Keeps personal data out of a delivery that was already erased. */
function redactedPlace(seen: Seen, { personalDataErased }: Delivery): Pick<Seen, 'place' | 'note'> {
  return personalDataErased ? { place: deliveryPlace(seen.place) } : seen
}

function tracked(seen: Seen, state: Delivery): DeliveryEvent {
  const { place, note } = redactedPlace(seen, state)
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
