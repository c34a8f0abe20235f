import { type Trace, unsequencedCloudEvent } from '../shared/core/cloud-event.ts'
import {
  type SystemEventData,
  type SystemEventType,
  systemEventVersion,
} from '../shared/core/system-events.ts'
import { type Instant, MINUTE, SECOND } from '../shared/core/time.ts'
import { unsequencedMessage } from '../shared/core/wire/queue-message.ts'
import { withTimeLimit } from '../shared/ports/time-limit.ts'
import { type Env, isDevelopment } from './env.ts'
import { publicOrigin } from './public-url.ts'
import { clock } from './sandbox/clock.ts'

/** One in this many openings of an object's storage is emitted. */
const OPENINGS_PER_SAMPLE = 100
/** How long the sending of an event may keep its object or request alive (ms). */
const SEND_TIMEOUT_MS = 10 * SECOND
/** How many unhandled faults one isolate emits in a minute; all of them are logged. */
const MAX_FAULTS_PER_MINUTE = 20

/** The Worker or object that emits: its bindings, and the means to stay alive until the event is sent. */
export interface TelemetrySource {
  readonly env: Env
  waitUntil(work: Promise<unknown>): void
}

interface About {
  /** The whole deployment by default. */
  readonly subject?: string
  readonly id?: string
  readonly trace?: Trace
  /** When it happened, by the deployment's clock; now by default. */
  readonly time?: Instant
}

/**
 * The system events of one isolate, sent through the pipeline of all events. Nothing waits for them, and losing one
 * is harmless.
 */
export class Telemetry {
  #hasStarted = false
  /** Correlates the events of an isolate's start. Made lazily: a module's top level may not draw random numbers. */
  #runtimeId: string | null = null
  #openings = 0
  /** Faults emitted since a moment (Unix ms), and those that were suppressed. */
  #faults = { since: Number.NEGATIVE_INFINITY, emitted: 0, suppressed: 0 }

  /** Emits that this isolate runs, once. */
  started(source: TelemetrySource, runtime: SystemEventData<'ApplicationStarted'>['runtime']): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const environment = isDevelopment(source.env) ? 'development' : 'production'
    this.emit(source, 'ApplicationStarted', { runtime, environment }, this.#aboutStart('started'))
  }

  /** Emits, for the first and then every hundredth object, that its storage opens and can be read. */
  storageOpened(source: TelemetrySource, kind: string, open: () => unknown): void {
    this.#openings += 1
    if (this.#openings % OPENINGS_PER_SAMPLE !== 1) return
    const openings = this.#openings
    try {
      open()
    } catch {
      // The next use of the storage reports the same fault.
      return
    }
    this.emit(
      source,
      'DatabaseConnected',
      { database: 'object', kind, openings },
      this.#aboutStart(`opened/${openings}`),
    )
  }

  /** Emits that the read database has answered this isolate. */
  readDatabaseAnswered(source: TelemetrySource): void {
    this.emit(source, 'DatabaseConnected', { database: 'read' }, this.#aboutStart('read-database'))
  }

  /** Emits how many products an isolate has preloaded. */
  cacheWarmed(source: TelemetrySource, entries: number): void {
    this.emit(source, 'CacheWarmed', { cache: 'catalog', entries }, this.#aboutStart('cache'))
  }

  /**
   * Raises `SystemError` for an unhandled fault, with its class and place and no data. Beyond
   * `MAX_FAULTS_PER_MINUTE` they are counted, and the next one contains the number.
   */
  faulted(source: TelemetrySource, operation: string, fault: unknown, about: About = {}): void {
    const now = Date.now()
    if (now - this.#faults.since >= MINUTE) this.#faults = { ...this.#faults, since: now, emitted: 0 }
    if (this.#faults.emitted >= MAX_FAULTS_PER_MINUTE) {
      this.#faults.suppressed += 1
      return
    }
    const { suppressed } = this.#faults
    this.#faults.emitted += 1
    this.#faults.suppressed = 0
    const error = fault instanceof Error ? fault.name : 'unknown'
    this.emit(
      source,
      'SystemError',
      { fault: 'unhandled', operation, error, ...(suppressed > 0 && { suppressed }) },
      { subject: operation, ...about },
    )
  }

  /** Sends one event of the context `system` in the background. */
  emit<Type extends SystemEventType>(
    source: TelemetrySource,
    type: Type,
    data: SystemEventData<Type>,
    {
      subject = 'petrel',
      id = `${type}/${crypto.randomUUID()}`,
      trace = { correlationId: id },
      time: happenedAt,
    }: About = {},
  ): void {
    const send = async () => {
      await clock.sync(source.env)
      const category = type === 'SystemError' ? 'error' : 'system'
      const time = happenedAt ?? clock.now()
      const schemaVersion = systemEventVersion(type)
      const origin = publicOrigin(source.env)
      const event = unsequencedCloudEvent({
        ...{ origin, id, context: 'system', type, subject, time, category, trace, data, schemaVersion },
      })
      await source.env.EVENTS.send(unsequencedMessage(event), { contentType: 'text' })
    }
    source.waitUntil(withTimeLimit(send(), SEND_TIMEOUT_MS, type).catch(() => {}))
  }

  #aboutStart(what: string): About {
    this.#runtimeId ??= crypto.randomUUID()
    const correlationId = `runtime/${this.#runtimeId}`
    return { id: `${correlationId}/${what}`, trace: { correlationId } }
  }
}

/** The telemetry of this isolate. */
export const telemetry = new Telemetry()
