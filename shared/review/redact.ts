import type { ReviewEvent } from './events.ts'

/** The event without the buyer's text; ids and the rating are no personal data. */
export function withoutPersonalData(event: ReviewEvent): ReviewEvent {
  if (event.type !== 'ReviewSubmitted') return event
  const { text: _, ...data } = event.data
  return { ...event, data }
}
