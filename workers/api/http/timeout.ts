import { withTimeLimit } from '../../../shared/ports/time-limit.ts'

/** Time limit of a call to an object, without the time that the client is willing to wait. */
export const OBJECT_TIMEOUT_MS = 20_000
/** Time limit of a whole request (ms): more than the longest wait that a client may ask for, and a call. */
export const REQUEST_TIMEOUT_MS = 60_000
/** Time limit of a call whose result is optional: a forwarder's state. */
export const FORWARDER_TIMEOUT_MS = 5_000
/** Reads of other objects that one request has in flight. */
export const READ_CONCURRENCY = 16

/** An object did not answer in time; the command may have been carried out. */
export class TimeoutFault extends Error {}

/** @throws TimeoutFault after `milliseconds`; the call itself is not cancelled and may still take effect */
export function withTimeout<Value>(
  call: Promise<Value>,
  milliseconds: number = OBJECT_TIMEOUT_MS,
): Promise<Value> {
  return withTimeLimit(call, milliseconds, () => new TimeoutFault(`no answer within ${milliseconds} ms`))
}
