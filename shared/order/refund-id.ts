/**
 * The id of the refund that an order asks for because it has ended. Repeated it is the same refund; each
 * further try after a failure is one of its own.
 */
export function ownRefundId(orderId: string, retry = 0): string {
  return retry === 0 ? `${orderId}/end` : `${orderId}/end/${retry + 1}`
}
