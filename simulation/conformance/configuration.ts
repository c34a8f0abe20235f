// What the probe is deployed with, on each platform.

/** Classes of objects by binding. */
export const objects = { PROBE: 'ProbeObject', FRAGILE: 'FragileObject' }

/** Queues by binding. */
export const queues = {
  ACKNOWLEDGED: 'probe-acknowledged',
  RETRIED: 'probe-retried',
  FAILING: 'probe-failing',
  GIVEN_UP: 'probe-given-up',
}

export const consumers = [
  {
    queue: 'probe-acknowledged',
    maxBatchSize: 100,
    maxBatchTimeoutMs: 100,
    maxRetries: 3,
    deadLetterQueue: null,
  },
  // One by one: a step for a whole batch concerns its own message alone.
  { queue: 'probe-retried', maxBatchSize: 1, maxBatchTimeoutMs: 100, maxRetries: 10, deadLetterQueue: null },
  {
    queue: 'probe-failing',
    maxBatchSize: 100,
    maxBatchTimeoutMs: 100,
    maxRetries: 10,
    deadLetterQueue: null,
  },
  {
    queue: 'probe-given-up',
    maxBatchSize: 1,
    maxBatchTimeoutMs: 100,
    maxRetries: 2,
    deadLetterQueue: 'probe-dead-letters',
  },
  {
    queue: 'probe-dead-letters',
    maxBatchSize: 1,
    maxBatchTimeoutMs: 100,
    maxRetries: 3,
    deadLetterQueue: null,
  },
]

export const bindings = { database: 'DATABASE', bucket: 'BUCKET', rateLimit: 'RATE_LIMIT' }

/** Uses of the rate limit in a minute. */
export const rateLimit = 2
