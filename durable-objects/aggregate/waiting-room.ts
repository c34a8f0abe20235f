/** Callers who wait for a condition of an object. */
export class WaitingRoom {
  readonly #waiting = new Set<() => void>()

  /** Resolves all waits. */
  open(): void {
    for (const leave of this.#waiting) leave()
  }

  /** Resolves when the room is opened, or after a number of milliseconds. */
  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const leave = () => {
        clearTimeout(timer)
        this.#waiting.delete(leave)
        resolve()
      }
      const timer = setTimeout(leave, milliseconds)
      this.#waiting.add(leave)
    })
  }
}
