/** What processes and programs give as a reason (`delivery_failed`); what people write may name somebody. */
const CODE = /^[a-z][a-z0-9_]*$/

/** A reason or a place as it may be told to everyone: a code stays, free words are not repeated. */
export function codeOnly(text: string): string {
  return CODE.test(text) ? text : 'free_text'
}
