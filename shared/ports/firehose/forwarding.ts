import { backoffMs } from '../../core/backoff.ts'
import type { CloudEvent } from '../../core/cloud-event.ts'
import type { AwsWorld } from '../aws/request.ts'
import type { SinkOutcome } from '../event-sink.ts'
import type { FirehoseClient } from './client.ts'
import { type FirehoseRecord, MAX_RECORD_BYTES, nextBatch, recordOf } from './records.ts'

/** The waits after a call that failed, or was taken in part. */
const CALL_RETRY = { firstMs: 100, maxMs: 2_000 } as const
/** So many calls may follow one another that do not take all that they bring. */
const FAILURES_IN_A_ROW = 8
/** No failed call is repeated so long after the delivery began (ms). */
const REPEATED_WITHIN = 10_000
/** So many invalid records, while none is taken, say more about the stream than about the records. */
const INVALID_WITHOUT_ONE_TAKEN = 10

/** The events of one delivery, on their way to Firehose in as many calls as they need. */
export class FirehoseBatch {
  readonly #client: FirehoseClient
  readonly #strictOrder: boolean
  readonly #world: AwsWorld
  readonly #startedAt: number
  readonly #outcomes = new Map<number, SinkOutcome>()
  /** By the place of their event, in its order: what Firehose does not have yet. */
  readonly #due = new Map<number, FirehoseRecord>()
  /** Records that were refused alone, with the reason. */
  readonly #invalid = new Map<number, string>()
  #taken = 0
  #failures = 0
  /** Why no more calls are made. */
  #stopped: string | null = null

  constructor(client: FirehoseClient, options: { strictOrder: boolean; world: AwsWorld }) {
    this.#client = client
    this.#strictOrder = options.strictOrder
    this.#world = options.world
    this.#startedAt = options.world.now()
  }

  /** Sends them; once. */
  async run(events: readonly CloudEvent[]): Promise<SinkOutcome[]> {
    this.#prepare(events)
    while (this.#due.size > 0 && this.#stopped === null)
      await this.#send(nextBatch(this.#due.values(), { strictOrder: this.#strictOrder }))
    this.#judgeInvalid()
    return events.map((_, index) => this.#outcomes.get(index) ?? retry(this.#stopped ?? 'was not sent'))
  }

  #prepare(events: readonly CloudEvent[]): void {
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
    const result = await this.#client.put(batch)
    switch (result.kind) {
      case 'taken':
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
        this.#taken += 1
      }
    }
    if (failed !== null) return this.#waitAfter(failed)
    this.#failures = 0
    return undefined
  }

  /** Waits before the next call, or makes it the last that there was. */
  async #waitAfter(error: string): Promise<void> {
    this.#failures += 1
    const wait = backoffMs(CALL_RETRY, this.#failures, this.#world.random())
    const late = this.#world.now() + wait - this.#startedAt > REPEATED_WITHIN
    if (late || this.#failures > FAILURES_IN_A_ROW) this.#stopped = error
    else await this.#world.wait(wait)
  }

  /** Firehose refuses a whole call for one record: the halves are tried until the record stands alone. */
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
    if (this.#taken === 0 && this.#invalid.size >= INVALID_WITHOUT_ONE_TAKEN) this.#stopped = error
  }

  /** In strict order nothing follows an event that was refused. */
  #hold(record: FirehoseRecord): void {
    this.#due.delete(record.index)
    this.#outcomes.set(record.index, retry('an earlier event of its aggregate was refused'))
  }

  /**
   * Whether records that were refused alone are refused for good. Firehose has one error for a record and for
   * a stream that takes none: it is the record if others were taken, or if it is the only one.
   */
  #judgeInvalid(): void {
    const records = this.#taken > 0 || (this.#invalid.size === 1 && this.#stopped === null)
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
