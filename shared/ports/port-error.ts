/** How a call through a port can go wrong, which decides what is done about it. */
type PortErrorKind =
  /** It may or may not have happened: ask again under the same key. */
  | 'unknown_outcome'
  /** It did not happen and may later. */
  | 'unavailable'
  /** It will never be taken as it is. */
  | 'rejected'

/** The only error that an adapter of a port throws on purpose; the message holds nothing personal. */
export class PortError extends Error {
  override readonly name = 'PortError'
  readonly kind: PortErrorKind
  /** For `rejected`: a snake_case code for the refusal that it becomes. */
  readonly code: string

  constructor(kind: PortErrorKind, code: string, message: string) {
    super(message)
    this.kind = kind
    this.code = code
  }
}
