/** How a call through a port failed, which decides the reaction. */
type PortErrorKind =
  /** It may have happened: repeat it under the same key. */
  | 'unknown_outcome'
  /** It did not happen; a later call may succeed. */
  | 'unavailable'
  /** The request can never succeed. */
  | 'rejected'

/** The only error that an adapter throws on purpose; its message never holds personal data. */
export class PortError extends Error {
  override readonly name = 'PortError'
  readonly kind: PortErrorKind
  /** For `rejected`: the snake_case code of the resulting refusal. */
  readonly code: string

  constructor(kind: PortErrorKind, code: string, message: string) {
    super(message)
    this.kind = kind
    this.code = code
  }
}
