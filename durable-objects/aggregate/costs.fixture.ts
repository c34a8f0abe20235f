import { type Meter, newMeter } from './meter.ts'

/**
 * What each command of the checkout costs, in all objects that it touches: with its consequences, their
 * publication and its confirmation. A change that makes a number grow has to argue for it here; one that
 * makes it smaller is welcome to. An alarm set counts as a row on the bill. `cost.test.ts` holds the code to these
 * numbers, and docs/performance.md shows them.
 *
 * Not in these numbers: a forwarder writes one row for each aggregate of a batch and one for itself, and no
 * alarm; forwarder.test.ts holds it to that.
 *
 * Everywhere: a row for each commit, one of cursors with the confirmation, two alarms (the safety net of a commit, and
 * the next timer or none at all with the confirmation), and one send. A new object pays two rows for its table and one
 * for its head, a timer that is set or removed later one for the head.
 */
export const costs = {
  firstItem: {
    // commit 1, timer 1, cursors 1
    cart: { rowsWritten: 3, alarmsSet: 2, rpcs: 0, queueSends: 1 },
  },
  anotherItem: {
    // commit 1, timer moved 1, cursors 1
    cart: { rowsWritten: 3, alarmsSet: 2, rpcs: 0, queueSends: 1 },
  },
  /** `CreateOrder` of one line from a cart, up to the scheduled delivery. */
  checkout: {
    // commit 1, timer removed 1, cursors 1
    cart: { rowsWritten: 3, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // table 2, head 1, commits 5 (the client's, the payment's, three replies; those of cart and profile change nothing),
    // the answer that waited 1, hold set 1 and removed 1, cursors 1; calls: cart, the customer's profile twice (opened and
    // closed), stock twice, payment, delivery. The screening's facts are the customer's, which the port's call hides.
    order: { rowsWritten: 12, alarmsSet: 2, rpcs: 7, queueSends: 1 },
    // that limits what waits unpaid and knows all orders of a customer: commits 2, cursors 1
    profile: { rowsWritten: 3, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // of a SKU that was sold before: commits 2, expiry set 1 and removed 1, cursors 1
    inventory: { rowsWritten: 5, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // table 2, head 1, commits 2 (the order's with the screening, the gateway's reply), cursors 1; call: order
    payment: { rowsWritten: 6, alarmsSet: 2, rpcs: 1, queueSends: 1 },
    // commit 1, cursors 1; the segment timer stays where it is
    customer: { rowsWritten: 2, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // table 2, head 1, commits 2 (the order's, the carrier's reply), cursors 1
    delivery: { rowsWritten: 6, alarmsSet: 2, rpcs: 0, queueSends: 1 },
  },
  /** The same `CreateOrder` once more. */
  repetition: { order: newMeter() },
} as const satisfies Record<string, Record<string, Meter>>
