import { type AnyCloudEvent, type CloudEvent, eventVersion, sequenceOf } from '../cloud-event.ts'

/** An event as releases before this one published it: `sequence` is a number, and nothing has an origin. */
export function inEarlierForm(event: CloudEvent): AnyCloudEvent {
  const version = eventVersion(event)
  return {
    ...event,
    source: event.source.slice(event.source.indexOf('/petrel/')),
    dataschema: event.dataschema.slice(event.dataschema.indexOf('/schemas/')),
    ...(version !== undefined && { sequence: version }),
  }
}

/** An event of this release or an earlier one, as this one publishes it under an origin. */
export function inFormOfToday(event: AnyCloudEvent, origin: string): CloudEvent {
  const version = eventVersion(event)
  const absolute = (reference: string) => (reference.startsWith('/') ? `${origin}${reference}` : reference)
  return {
    ...event,
    source: absolute(event.source),
    dataschema: absolute(event.dataschema),
    sequence: version === undefined ? undefined : sequenceOf(version),
  }
}
