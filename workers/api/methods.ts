interface Route {
  readonly method: string
  readonly path: string
}

/** Tells which methods an address takes, so that a wrong one is told from a wrong address. */
export function methodsAt(routes: readonly Route[]): (path: string) => string[] {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  for (const { method, path } of routes) {
    // `ALL` is middleware.
    if (method === 'ALL') continue
    const known = patterns.get(path) ?? { pattern: patternOf(path), methods: new Set() }
    known.methods.add(method)
    if (method === 'GET') known.methods.add('HEAD')
    patterns.set(path, known)
  }
  return (path) => {
    const found = [...patterns.values()].filter(({ pattern }) => pattern.test(path))
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort()
  }
}

/** Of a path as Hono writes it: `/orders/:id`, `/lake/:key{.+}`. */
function patternOf(path: string): RegExp {
  const steps = path.split('/').map((step) => {
    if (!step.startsWith(':')) return step.replaceAll('.', '\\.')
    return /\{(.+)\}$/.exec(step)?.[1] ?? '[^/]+'
  })
  return new RegExp(`^${steps.join('/')}$`)
}
