import { type AnyCloudEvent, anyCloudEventSchema, type CloudEvent, cloudEventSchema } from '../cloud-event.ts'
import { type QueueMessage, readQueueMessage } from './queue-message.ts'
import { type SerializedEvent, serialized } from './serialized-event.ts'

/** The event in a text, in the form of this release. What is said beside the text has to be true. */
export function eventIn(told: SerializedEvent): CloudEvent {
  return cloudEventSchema.parse(anyEventIn(told))
}

/** The event in a text, of this release or an earlier one. What is said beside the text has to be true. */
export function anyEventIn(told: SerializedEvent): AnyCloudEvent {
  const event = anyCloudEventSchema.parse(JSON.parse(told.text))
  const expected = { ...serialized(event), text: told.text }
  for (const [name, value] of Object.entries(expected))
    if (Reflect.get(told, name) !== value)
      throw new Error(`its ${name} is said to be ${Reflect.get(told, name)}: ${told.text}`)
  return event
}

/** What the body of a message of the queue of events brings. */
export function messageIn(body: unknown): QueueMessage {
  const read = readQueueMessage(body)
  if (!read.success) throw new Error(read.reason)
  return read.message
}

/** The events that the body of a message brings. */
export function eventsIn(body: unknown): CloudEvent[] {
  return messageIn(body).events.map(({ event }) => eventIn(event))
}
