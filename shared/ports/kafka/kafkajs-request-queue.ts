import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

/**
 * Mends kafkajs 2.2.4: after its first answer, each connection looks a thousand times a second, for as long
 * as it lives, whether requests wait (github.com/tulios/kafkajs/issues/1704). Only requests that wait are
 * worth a look. Imported for this effect.
 */
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests

RequestQueue.prototype.scheduleCheckPendingRequests = function whenSomeWait(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this)
}
