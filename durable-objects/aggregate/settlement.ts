import type { Journal } from './journal/journal.ts'
import type { CommandEnvelope, CommandReply } from './protocol.ts'
import { WaitingRoom } from './waiting-room.ts'

/** Lets callers wait until the aggregate has settled, such as an order whose payment is under way. */
export class Settlement<State> {
  readonly #journal: Journal<State>
  readonly #room = new WaitingRoom()

  constructor(journal: Journal<State>) {
    this.#journal = journal
  }

  /** Answers all waiting callers once the aggregate has settled; called after each commit. */
  release(): void {
    if (this.#isSettled()) this.#room.open()
  }

  /** The reply once settled, or when the wait is over. All equal callers get the version of the first. */
  async reply(
    reply: Extract<CommandReply<State>, { ok: true }>,
    { commandId, waitMilliseconds = 0 }: CommandEnvelope,
  ): Promise<CommandReply<State>> {
    const answered = () =>
      commandId === undefined ? null : (this.#journal.log.command(commandId)?.answered ?? null)
    if (answered() === null) {
      if (!this.#isSettled()) await this.#room.wait(waitMilliseconds)
      if (commandId !== undefined && answered() === null) this.#journal.recordAnswer(commandId)
    }
    const view = this.#journal.viewAt(answered() ?? this.#journal.cache.version)
    return { ...reply, view: view ?? reply.view }
  }

  #isSettled(): boolean {
    const { aggregate, cache } = this.#journal
    return cache.state === null || (aggregate.settled?.(cache.state) ?? true)
  }
}
