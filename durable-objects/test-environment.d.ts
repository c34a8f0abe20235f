/** The bindings that tests inside workerd read from `cloudflare:workers`. */
declare namespace Cloudflare {
  interface Env {
    readonly DATABASE: D1Database
  }
}

/** A migration as text, for tests that lay their own table. */
declare module '*.sql?raw' {
  const text: string
  export default text
}
