import { type Dispute, type Refund, shownDispute, shownRefund } from './objects.ts'

/** The version of the API that the objects in events have. */
const API_VERSION = '2026-08-26.dahlia'

/** Events that wait to be sent, oldest first, as JSON. Each shows its object as it was then. */
export class StripeNews {
  #waiting: string[] = []
  #count = 0

  add(type: string, object: unknown, now: number): void {
    this.#count += 1
    const created = Math.floor(now / 1_000)
    const event = { id: `evt_${this.#count}`, object: 'event', api_version: API_VERSION, created, type }
    this.#waiting.push(JSON.stringify({ ...event, data: { object } }))
  }

  addRefund(type: string, refund: Refund, now: number): void {
    this.add(type, shownRefund(refund), now)
  }

  addDispute(type: string, dispute: Dispute, now: number): void {
    this.add(type, shownDispute(dispute), now)
  }

  take(): string[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }
}
