/** What goes on when something has changed. */
export interface Loop {
  /** Starts what can be started now: reads, sends. */
  proceed(): void
  /** Sets the alarm for the backlog, in the tick of what was recorded and so in its transaction. */
  arm(): void
}
