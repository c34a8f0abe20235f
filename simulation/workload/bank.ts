/** What happens at the gateway by itself: banks, card holders, and its dashboard. Charges are named by their payment. */
export interface Bank {
  /** Returns the id of the dispute; `null` where there is nothing to dispute. */
  dispute(paymentId: string, kind: 'dispute' | 'inquiry'): string | null
  /** The bank decides a dispute that is open. */
  closeDispute(disputeId: string, outcome: 'won' | 'lost'): void
  /** The bank gives back what a lost dispute took. */
  reinstate(disputeId: string): void
  /** Someone refunds a part of a charge (minor units) at the gateway's own dashboard. */
  refundAtDashboard(paymentId: string, amount: number): void
}
