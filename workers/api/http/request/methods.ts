interface Route {
  readonly method: string
  readonly path: string
}

/**
 * Tells which methods an address takes, so that a wrong one is told from a wrong address. Routes are read when it is
 * first asked: more may be added until then.
 */
export function methodsAt(routes: readonly Route[]): (path: string) => string[] {
  let known: Patterns | null = null
  return (path) => {
    known ??= patternsOf(routes)
    const found = known.filter(({ pattern }) => pattern.test(path))
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort()
  }
}

type Patterns = readonly { readonly pattern: RegExp; readonly methods: ReadonlySet<string> }[]

function patternsOf(routes: readonly Route[]): Patterns {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  for (const { method, path } of routes) {
    // `ALL` is middleware.
    if (method === 'ALL') continue
    const known = patterns.get(path) ?? { pattern: patternOf(path), methods: new Set() }
    known.methods.add(method)
    if (method === 'GET') known.methods.add('HEAD')
    patterns.set(path, known)
  }
  return [...patterns.values()]
}

/** Of a path as Hono writes it: `/orders/:id`, `/lake/:key{.+}`. */
function patternOf(path: string): RegExp {
  const steps = path.split('/').map((step) => {
    if (!step.startsWith(':')) return step.replaceAll('.', '\\.')
    return /\{(.+)\}$/.exec(step)?.[1] ?? '[^/]+'
  })
  return new RegExp(`^${steps.join('/')}$`)
}
