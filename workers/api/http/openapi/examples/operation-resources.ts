import { at, customerId, deliveryId, orderId } from './shop.ts'

const rebuild = {
  id: 'f88965c0-1874-4fb2-8906-566546b819ce',
  startedAt: at('12:00'),
  finishedAt: null,
  steps: 3,
  streams: 1200,
  shard: 1,
}
const condition = {
  owed: { events: 3, aggregates: 1, oldestAt: at('11:59') },
  lagMilliseconds: 800,
  total: { delivered: 48210, dropped: 12, filled: 4, setAside: 1 },
  rate: { minute: 6.5, quarterHour: 5.2 },
  lastDeliveredAt: at('12:00'),
  lastError: { at: at('03:10'), error: 'KafkaFault: the broker is not available' },
  held: 0,
}
const queue = { messages: 3, bytes: 4096, oldestAt: at('11:59') }
const models = [{ kind: 'order', rows: 5120, lastFault: null }]
const key = 'refused/sink=kafka:petrel-events/order/01939a2e.json'

/** An example of each component that an answer to an operator of the deployment refers to. */
export const operationExamples: Readonly<Record<string, unknown>> = {
  ParkedEffect: {
    id: '5f5c2b8e-4e6b-4a39-9f0e-3f4f1c8a2b10',
    kind: 'delivery',
    aggregateId: deliveryId,
    effectId: `${deliveryId}/2#0`,
    description: 'Book the parcel with the carrier',
    attempts: 8,
    error: 'PortError: unavailable: the carrier does not answer',
    parkedAt: at('11:00'),
  },
  Mail: {
    to: 'ada@example.com',
    subject: 'Your log-in code',
    template: 'log_in_code',
    variables: { code: '402917' },
    text: 'Your code is 402917. It is valid for ten minutes.',
    html: '<p>Your code is <b>402917</b>. It is valid for ten minutes.</p>',
    sentAt: at('09:48'),
  },
  Clock: { now: at('12:00') },
  AdvancedClock: { now: at('12:30') },
  LakeObject: {
    key: 'context=order/type=OrderPaid/dt=2026-03-02/hour=10/01939a2e.ndjson',
    size: 18204,
    uploadedAt: at('10:02'),
  },
  Forwarding: {
    summary: {
      sinks: ['kafka:petrel-events'],
      strictOrder: false,
      forwarders: { configured: 2, known: 2, silent: 0 },
      ...condition,
    },
    queue,
    forwarders: [{ shard: 0, sink: 'kafka:petrel-events', ...condition, retryAt: null, silent: false }],
    projections: { queue, models, rebuild: null },
  },
  Replay: {
    id: '0b8f0a4c5d6e4f708192a3b4c5d6e7f8',
    status: 'running',
    dryRun: false,
    context: 'order',
    from: at('00:00', '01'),
    to: at('00:00'),
    target: null,
    aggregates: { total: 120, done: 40 },
    events: { total: 980, sent: 340 },
    refused: 0,
    uncounted: 0,
    startedAt: at('12:00'),
    finishedAt: null,
    error: null,
  },
  DeadLetter: {
    key,
    reason: 'The record is larger than the topic allows.',
    what: `order.OrderCreated ${orderId}/1`,
    from: 'kafka:petrel-events',
    at: at('10:03'),
    size: 20480,
  },
  DeadLettersRetried: {
    retried: 11,
    failed: [{ key, reason: 'The record is larger than the topic allows.' }],
    remaining: 1,
    next: null,
  },
  Rebuild: rebuild,
  RebuildPreview: { dryRun: true, streams: 5200, complete: true },
  Projections: {
    models,
    rebuild: { ...rebuild, finishedAt: at('12:04'), steps: 14, streams: 5200 },
    comparison: {
      id: '6a6f8f0e-7c0b-4c4e-8d57-8a3a0a7f4b21',
      startedAt: at('03:00'),
      finishedAt: at('03:02'),
      streams: 5200,
      missing: 0,
      stale: 1,
      damaged: [{ kind: 'customer', id: customerId }],
    },
  },
}
