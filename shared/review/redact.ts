import type { ReviewEvent } from './events.ts'

/** The event without the buyer's own words; ids and the rating tell of a purchase, not of a person. */
export function withoutPersonalData(event: ReviewEvent): ReviewEvent {
  if (event.type !== 'ReviewSubmitted') return event
  const { text: _, ...data } = event.data
  return { ...event, data }
}
