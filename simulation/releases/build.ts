import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { renewable, stateOf } from './module-state.ts'
import { type Patch, patchedText } from './patch.ts'

/** The product's code, built to be evaluated in plain Node: data, so that it can be sent to other threads. */
export interface BuiltRelease {
  /** Modules without state of their own, evaluated once: `shared/`, and packages. */
  readonly base: string
  /** `durable-objects/` and `workers/`, evaluated once for each isolate. */
  readonly worker: string
  /** The names by which the worker's code asks for modules of the base, in the order of the base's exports. */
  readonly imports: readonly string[]
}

const ROOT = resolve(import.meta.dirname, '../..')

/** Modules outside of the worker's folders that hold state which a restart must lose: the last UUID. */
const STATEFUL_PACKAGES = ['uuid']
const STATEFUL_FILES = ['shared/core/ids.ts']

/** What must have no state that is not renewed. Packages have none that a run shows, but those above. */
const OWN_CODE = /^(?:workers|durable-objects|shared)\//

/** Builds the source as it is, or with patches. */
export async function buildRelease(patches: readonly Patch[] = []): Promise<BuiltRelease> {
  const shared = {
    bundle: true,
    format: 'cjs' as const,
    platform: 'neutral' as const,
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser', 'import'],
    target: 'es2024',
    // What is imported when it is needed is required then: a compiled function cannot import.
    supported: { 'dynamic-import': false },
    loader: { '.toml': 'text' } as const,
    external: ['cloudflare:*', 'node:*'],
    absWorkingDir: ROOT,
    write: false as const,
    logLevel: 'error' as const,
  }
  const imports = new Set<string>()
  const worker = await build({
    ...shared,
    entryPoints: ['workers/index.ts'],
    plugins: [loading(patches), splitting(imports)],
  })
  const names = [...imports].sort()
  const entry = names.map((name, index) => `export * as m${index} from ${JSON.stringify(name)}`).join('\n')
  const base = await build({
    ...shared,
    stdin: { contents: entry, resolveDir: ROOT, loader: 'ts' },
    plugins: [loading(patches)],
  })
  return { base: textOf(base.outputFiles), worker: textOf(worker.outputFiles), imports: names }
}

function textOf([file]: readonly { text: string }[]): string {
  if (!file) throw new Error('esbuild wrote nothing')
  return file.text
}

/** Applies patches as files are read, and makes the state of modules renewable. */
function loading(patches: readonly Patch[]): Plugin {
  return {
    name: 'loading',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$|\/uuid\/.*\.js$/ }, ({ path }) => {
        const file = relative(ROOT, path)
        const text = patchedText(file, readFileSync(path, 'utf8'), patches)
        const loader = path.endsWith('.ts') ? 'ts' : 'js'
        const [state] = OWN_CODE.test(file) ? stateOf(text) : []
        if (state !== undefined) throw new Error(`${file} has state that no new isolate renews: ${state}`)
        return { contents: renewable(text), loader }
      })
    },
  }
}

/** Leaves what holds no state out of the worker's code, and notes it. */
function splitting(imports: Set<string>): Plugin {
  return {
    name: 'base',
    setup: ({ onResolve }) => {
      onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point' || /^(cloudflare|node):/.test(path) || importer.includes('/node_modules/'))
          return undefined
        if (path.startsWith('.')) {
          const target = join(dirname(importer), path)
          const file = relative(ROOT, target)
          if (!/^(shared|contracts)\//.test(file) || STATEFUL_FILES.includes(file)) return undefined
          // No run has a Kafka: it needs sockets.
          if (!target.includes('/ports/kafka/')) imports.add(target)
          return { path: target, external: true }
        }
        if (STATEFUL_PACKAGES.includes(path)) return undefined
        imports.add(path)
        return { path, external: true }
      })
    },
  }
}
