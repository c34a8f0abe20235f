import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

/**
 * Patches kafkajs 2.2.4: after its first answer, each open connection checks a thousand times a second for
 * queued requests (github.com/tulios/kafkajs/issues/1704). With the patch it checks only while requests are
 * queued. Imported for this effect.
 */
const schedule = RequestQueue.prototype.scheduleCheckPendingRequests

RequestQueue.prototype.scheduleCheckPendingRequests = function whenSomeWait(this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this)
}
