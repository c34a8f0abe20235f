import { expect } from 'vitest'
import { type CloudEvent, cloudEventOf, cloudEventSchema } from '../../../../shared/core/cloud-event.ts'
import { eventually } from '../../../support/api.ts'
import type { TopicRecord } from '../kafka/kafka-client.ts'
import type { SinkRuntime } from './sink-runtime.ts'

let made = 0

/** Versions 1 to `versions` of so many new aggregates, version by version. */
export function eventsOf(
  aggregates: number,
  versions: number,
  { context = 'order', text = '' }: { context?: string; text?: string } = {},
): CloudEvent[] {
  const ids = Array.from({ length: aggregates }, () => `SKU-${made++}`)
  return Array.from({ length: versions }, (_, index) => index + 1).flatMap((version) =>
    ids.map((id) =>
      cloudEventOf({
        origin: 'https://shop.example',
        stream: `${context}/${id}`,
        context,
        id,
        version,
        time: '2026-11-23T12:00:00.000Z',
        event: { type: 'SomethingHappened', schemaVersion: 1, data: { text, name: 'Größe 🐦' } },
        category: 'business',
        trace: { correlationId: 'req_1' },
      }),
    ),
  )
}

/** Offers what is not delivered again, as a forwarder does; returns how often it had to. */
export async function deliverAll(
  sinks: SinkRuntime,
  name: string,
  env: Readonly<Record<string, string>>,
  events: readonly CloudEvent[],
): Promise<number> {
  let left = events
  let deliveries = 0
  await eventually(
    async () => {
      const outcomes = await sinks.deliver(name, env, left)
      deliveries += 1
      left = left.filter((_, index) => !outcomes[index]?.delivered)
      return [...new Set(outcomes.flatMap((outcome) => (outcome.delivered ? [] : [outcome.error])))]
    },
    ({ length }) => length === 0,
    60_000,
  )
  return deliveries - 1
}

/** Every event as it was sent, once, and those of one aggregate in their order. */
export function expectExactly(records: readonly TopicRecord[], events: readonly CloudEvent[]): void {
  const idsByKey = (sent: readonly CloudEvent[]) =>
    Object.fromEntries(
      [...Map.groupBy(sent, ({ partitionkey }) => partitionkey)].map(([key, of]) => [
        key,
        of.map(({ id }) => id).join(' '),
      ]),
    )
  const arrived = records.map(({ value }) => cloudEventSchema.parse(JSON.parse(value)))
  expect(idsByKey(arrived)).toEqual(idsByKey(events))
  const sent = new Map(events.map((event) => [event.id, event]))
  expect(arrived).toEqual(arrived.map(({ id }) => sent.get(id)))
}
