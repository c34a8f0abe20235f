import { backoffMs } from '../../core/backoff.ts'
import type { SerializedEvent } from '../../core/wire/serialized-event.ts'
import type { AwsWorld } from '../aws/request.ts'
import type { SinkOutcome } from '../event-sink.ts'
import type { FirehoseClient } from './client.ts'
import { type FirehoseRecord, MAX_RECORD_BYTES, nextBatch, recordOf } from './records.ts'

/** The waits after a call that failed or was accepted in part. */
const CALL_RETRY = { firstMs: 100, maxMs: 2_000 } as const
/** Of consecutive calls that were not accepted in full. */
const MAX_CONSECUTIVE_FAILURES = 8
/** A failed call is not repeated later than this after the start of the delivery. */
const RETRY_WINDOW_MS = 10_000
/**
 * No call begins later than this after the start of the delivery, also where all are answered: the forwarder gives a
 * delivery 30 s, and with the time limit of one call (10 s) this leaves it to say what was taken.
 */
const CALL_WINDOW_MS = 18_000
/** If this many records are invalid and none is accepted, the cause is the stream. */
const MAX_INVALID_WITHOUT_SUCCESS = 10

/** Sends the events of one delivery to Firehose in as many calls as they need. */
export class FirehoseBatch {
  readonly #client: FirehoseClient
  readonly #strictOrder: boolean
  readonly #world: AwsWorld
  readonly #startedAt: number
  readonly #outcomes = new Map<number, SinkOutcome>()
  /** Records to send, in the order of their events, by the index of the event. */
  readonly #due = new Map<number, FirehoseRecord>()
  /** Records that were refused alone, with the reason. */
  readonly #invalid = new Map<number, string>()
  #accepted = 0
  #failures = 0
  /** Why no more calls are made. */
  #stopped: string | null = null

  constructor(client: FirehoseClient, options: { strictOrder: boolean; world: AwsWorld }) {
    this.#client = client
    this.#strictOrder = options.strictOrder
    this.#world = options.world
    this.#startedAt = options.world.now()
  }

  /** Call once. */
  async run(events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    this.#prepare(events)
    while (this.#due.size > 0 && this.#stopped === null)
      await this.#send(nextBatch(this.#due.values(), { strictOrder: this.#strictOrder }))
    this.#judgeInvalid()
    return events.map((_, index) => this.#outcomes.get(index) ?? retry(this.#stopped ?? 'was not sent'))
  }

  #prepare(events: readonly SerializedEvent[]): void {
    const held = new Set<string>()
    for (const [index, event] of events.entries()) {
      const record = recordOf(event, index)
      if (!record) {
        this.#outcomes.set(index, refused(`larger than the ${MAX_RECORD_BYTES} bytes that Firehose takes`))
        if (this.#strictOrder) held.add(event.partitionkey)
      } else if (held.has(event.partitionkey)) this.#hold(record)
      else this.#due.set(index, record)
    }
  }

  async #send(batch: readonly FirehoseRecord[]): Promise<void> {
    if (this.#world.now() - this.#startedAt > CALL_WINDOW_MS) {
      this.#stopped = 'the delivery took too long'
      return
    }
    const result = await this.#client.put(batch)
    switch (result.kind) {
      case 'accepted':
        return this.#note(batch, result.errors)
      case 'busy':
        return this.#waitAfter(result.error)
      case 'misconfigured':
        this.#stopped = result.error
        return
      case 'invalid':
        return this.#narrowDown(batch, result.error)
    }
  }

  #note(batch: readonly FirehoseRecord[], errors: readonly (string | null)[]): Promise<void> | undefined {
    let failed: string | null = null
    for (const [place, record] of batch.entries()) {
      const error = errors[place] ?? null
      if (error !== null) failed = error
      else {
        this.#outcomes.set(record.index, { delivered: true })
        this.#due.delete(record.index)
        this.#accepted += 1
      }
    }
    if (failed !== null) return this.#waitAfter(failed)
    this.#failures = 0
    return undefined
  }

  /** Waits before the next call, or stops. */
  async #waitAfter(error: string): Promise<void> {
    this.#failures += 1
    const wait = backoffMs(CALL_RETRY, this.#failures, this.#world.random())
    const late = this.#world.now() + wait - this.#startedAt > RETRY_WINDOW_MS
    if (late || this.#failures > MAX_CONSECUTIVE_FAILURES) this.#stopped = error
    else await this.#world.wait(wait)
  }

  /** Firehose rejects a whole call for one record: halves are sent until the record is alone. */
  async #narrowDown(batch: readonly FirehoseRecord[], error: string): Promise<void> {
    const [record] = batch
    if (record && batch.length === 1) return this.#suspect(record, error)
    const middle = Math.ceil(batch.length / 2)
    for (const half of [batch.slice(0, middle), batch.slice(middle)])
      if (this.#stopped === null) await this.#send(half)
  }

  #suspect(record: FirehoseRecord, error: string): void {
    this.#due.delete(record.index)
    this.#invalid.set(record.index, error)
    if (this.#strictOrder)
      for (const later of this.#due.values())
        if (later.partitionKey === record.partitionKey) this.#hold(later)
    if (this.#accepted === 0 && this.#invalid.size >= MAX_INVALID_WITHOUT_SUCCESS) this.#stopped = error
  }

  /** In strict order nothing follows an event that was refused. */
  #hold(record: FirehoseRecord): void {
    this.#due.delete(record.index)
    this.#outcomes.set(record.index, retry('an earlier event of its aggregate was refused'))
  }

  /**
   * Decides whether records that were refused alone are refused permanently. Firehose has the same error for an
   * invalid record and for a stream that accepts none: the record is at fault if others were accepted, or if it
   * is the only invalid one.
   */
  #judgeInvalid(): void {
    const records = this.#accepted > 0 || (this.#invalid.size === 1 && this.#stopped === null)
    for (const [index, error] of this.#invalid)
      this.#outcomes.set(index, records ? refused(error) : retry(error))
  }
}

function retry(error: string): SinkOutcome {
  return { delivered: false, kind: 'retry', error }
}

function refused(error: string): SinkOutcome {
  return { delivered: false, kind: 'refused', error }
}
