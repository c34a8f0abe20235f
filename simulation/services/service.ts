/** A request to a service outside, as `fetch` sends it. */
export interface ServiceRequest {
  readonly method: string
  /** With its host and query. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ServiceAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * A service outside: its state and its rules, without faults and without a clock. Whoever calls it decides whether a
 * request reaches it, and whether its answer arrives.
 */
export interface HttpService {
  /** @param now Unix ms */
  answer(request: ServiceRequest, now: number): ServiceAnswer
}

/** An answer in JSON. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): ServiceAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) }
}
