import type { Scope } from './access-tokens.ts'

/** Who sends a request. */
export type Caller =
  | { readonly kind: 'anonymous'; readonly address: string }
  | { readonly kind: 'known'; readonly subject: string; readonly scopes: ReadonlySet<Scope> }
