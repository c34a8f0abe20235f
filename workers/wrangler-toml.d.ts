declare module '*/wrangler.toml' {
  /** The file's text: see `rules` in it. */
  const text: string
  export default text
}
