interface Route {
  readonly method: string
  readonly path: string
}

/**
 * A function that returns the methods of an address, to distinguish 405 from 404. The routes are read at its first call:
 * more can be added until then.
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

/** The pattern of a Hono path: `/orders/:id`, `/lake/:key{.+}`. */
function patternOf(path: string): RegExp {
  const steps = path.split('/').map((step) => {
    if (!step.startsWith(':')) return step.replaceAll('.', '\\.')
    return /\{(.+)\}$/.exec(step)?.[1] ?? '[^/]+'
  })
  return new RegExp(`^${steps.join('/')}$`)
}
