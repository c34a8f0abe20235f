/** Exemplary lives of one kind of aggregate, as the names of its events in order. */
export interface Lives {
  readonly kind: string
  readonly title: string
  statusOf(state: unknown): string
  readonly lives: readonly (readonly string[])[]
}

export const lives: readonly Lives[] = []
