// What the workload, the invariants and the platform know of each other.

import type { Configuration } from './plan.ts'

/** The setting of a simulated deployment: where its clients reach it. */
export const PUBLIC_URL = 'https://shop.example'

/** A request of a client. `body` is sent as JSON; a string is sent as it is. */
export interface HttpRequest {
  readonly method: string
  /** With its query: `/v1/orders?limit=10`. */
  readonly path: string
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON is parsed, anything else is text. */
  readonly body: unknown
}

/** One request and what came of it. Times are Unix ms of the simulated clock. */
export interface Exchange {
  readonly number: number
  /** The story and step that sent it: `shopper-3/checkOut`. */
  readonly by: string
  readonly request: HttpRequest
  readonly sentAt: number
  /** `null`: the connection broke, or no answer came in time. It may have happened all the same. */
  readonly answer: HttpAnswer | null
  readonly answeredAt: number | null
}

/** A mail that the mail provider took. */
export interface SentMail {
  /** Its `X-Petrel-Mail-Id`: the same in each copy, where a mail was sent again because the answer was lost. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: number
}

/** The gateway's own records, whichever gateway the run has. Amounts are minor units. */
export interface GatewayBook {
  readonly charges: readonly {
    readonly key: string
    readonly paymentMethod: string
    readonly amount: number
    readonly currency: string
    /** Whether money moved. */
    readonly succeeded: boolean
  }[]
  readonly refunds: readonly {
    readonly chargeKey: string
    readonly key: string
    readonly amount: number
    readonly currency: string
    /** Whether money moved, and stayed moved. */
    readonly succeeded: boolean
  }[]
}

/** What the workload can do. Everything else it must not touch. */
export interface Outside {
  /** Unix ms of the simulated clock. */
  now(): number
  wait(milliseconds: number): Promise<void>
  /** Sends a request to the deployment and records the exchange. `null`: the connection broke or timed out. */
  send(by: string, request: HttpRequest): Promise<HttpAnswer | null>
  /** Mails that were sent to an address, oldest first. */
  mailsTo(address: string): readonly SentMail[]
}

/** The durable storage of one object. */
export interface StoredObject {
  /** `OrderObject` */
  readonly className: string
  /** The name it is addressed by: the aggregate's id. */
  readonly name: string
  readonly alarm: number | null
  /** Runs a query on its durable storage; an empty list if a table does not exist. */
  rows(query: string, ...bindings: (string | number | null)[]): Record<string, unknown>[]
}

/** An event (JSON text of a CloudEvent) that the sink stored, in the order in which it did. */
export interface Arrival {
  readonly text: string
  readonly at: number
  /** Whether the sink has had the event before. */
  readonly isRepeat: boolean
  /** Why a repeat may come: an answer was lost, the forwarder crashed before its checkpoint, it was replayed; `null`: nothing explains it. */
  readonly repeatOf: string | null
}

/** What happened to a run from outside, as it was injected. */
export interface InjectedFault {
  readonly kind: string
  readonly at: number
  /** The object, message or call that it hit. */
  readonly target: string
}

/** All that is left after a run, or at a moment in it. */
export interface Inspection {
  readonly now: number
  /** Some promises depend on it, such as the order in which a sink stores events. */
  readonly configuration: Configuration
  readonly objects: readonly StoredObject[]
  readonly exchanges: readonly Exchange[]
  readonly arrivals: readonly Arrival[]
  readonly mails: readonly SentMail[]
  readonly gateway: GatewayBook
  readonly faults: readonly InjectedFault[]
  /** Lines that the product logged as errors. */
  readonly errors: readonly string[]
  /** Messages that wait in queues, by queue. */
  readonly queued: ReadonlyMap<string, number>
  /** Runs a query on the read database. */
  database(query: string, ...bindings: (string | number | null)[]): Record<string, unknown>[]
  /** Objects of the bucket: key and text (unzipped). */
  bucket(): readonly { readonly key: string; readonly text: string }[]
}

/** A promise of the product that was broken. */
export interface Violation {
  /** The invariant's name. */
  readonly invariant: string
  /** In words: what was promised, and what is the case. */
  readonly message: string
  /** Streams or objects that are concerned, `order/ord_…`; their history is shown. */
  readonly about: readonly string[]
}

/** A promise of the product that holds in each run. */
export interface Invariant {
  readonly name: string
  /** The promise, as docs state it. */
  readonly promise: string
  /** Whether it holds at any moment, and not only once the system is at rest. */
  readonly always: boolean
  check(inspection: Inspection): Violation[]
}
