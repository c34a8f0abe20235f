/** A module of kafkajs 2.2.4 that it has no types for. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    /** Queued requests. */
    pending: readonly unknown[]
    scheduleCheckPendingRequests(): void
  }
}
