import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'
import { globals } from '../surroundings/globals.ts'
import type { BuiltRelease } from './build.ts'

type ObjectClass = new (
  state: object,
  env: object,
) => Record<string, unknown> & { alarm?(info: object): Promise<void> }

/** The product's code in one isolate. */
export interface WorkerModule {
  readonly fetch: (request: Request, env: object, context: object) => Response | Promise<Response>
  readonly queue: (batch: object, env: object, context: object) => Promise<void>
  readonly scheduled: (event: object, env: object, context: object) => Promise<void>
  /** @throws RangeError for a class that the Worker does not export */
  classOf(name: string): ObjectClass
}

/** A release, ready to run in any number of isolates. */
export interface Release {
  readonly name: string
  /** The code with its state as at the start of an isolate. */
  acquire(): WorkerModule
  /** Takes the code of an isolate that has ended back. */
  giveBack(module: WorkerModule): void
}

type ModuleFunction = (
  module: { exports: Record<string, unknown> },
  exports: Record<string, unknown>,
  require: (name: string) => unknown,
  onRenewal: (renew: () => void) => void,
  ...globals: unknown[]
) => void

const require = createRequire(import.meta.url)

/** What stands in for the module `cloudflare:workers`. */
const cloudflareWorkers = {
  DurableObject: class {
    readonly ctx: unknown
    readonly env: unknown

    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx
      this.env = env
    }
  },
}

/** Makes a built release ready to run. */
export function loadRelease(name: string, { base, worker, imports }: BuiltRelease): Release {
  const baseExports = evaluate(compiled(`${name}/base.js`, base), platformModule, refuseState)
  const modules = new Map(imports.map((path, index) => [path, baseExports[`m${index}`]]))
  const workerFunction = compiled(`${name}/worker.js`, worker)
  const idle: WorkerModule[] = []
  const renewals = new Map<WorkerModule, readonly (() => void)[]>()
  return {
    name,
    acquire: () => {
      const used = idle.pop()
      if (used) {
        for (const renew of renewals.get(used) ?? []) renew()
        return used
      }
      const ofThis: (() => void)[] = []
      const module = moduleOf(
        evaluate(
          workerFunction,
          (path) => modules.get(path) ?? platformModule(path),
          (renew) => ofThis.push(renew),
        ),
      )
      renewals.set(module, ofThis)
      return module
    },
    giveBack: (module) => {
      idle.push(module)
    },
  }
}

function compiled(filename: string, code: string): ModuleFunction {
  const parameters = ['module', 'exports', 'require', 'onRenewal', ...Object.keys(globals)]
  return compileFunction(code, parameters, { filename }) as ModuleFunction
}

function evaluate(
  code: ModuleFunction,
  find: (path: string) => unknown,
  onRenewal: (renew: () => void) => void,
): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> }
  code(module, module.exports, find, onRenewal, ...Object.values(globals))
  return module.exports
}

/** What all isolates share has no state. */
function refuseState(renew: () => void): void {
  throw new Error(`a module that is evaluated once has state: ${renew}`)
}

function platformModule(path: string): unknown {
  return path === 'cloudflare:workers' ? cloudflareWorkers : require(path)
}

function moduleOf(exports: Record<string, unknown>): WorkerModule {
  const handlers = exports.default as Omit<WorkerModule, 'classOf'>
  return {
    fetch: (request, env, context) => handlers.fetch(request, env, context),
    queue: (batch, env, context) => handlers.queue(batch, env, context),
    scheduled: (event, env, context) => handlers.scheduled(event, env, context),
    classOf: (name) => {
      const Class = exports[name]
      if (typeof Class !== 'function') throw new RangeError(`the Worker exports no class ${name}`)
      return Class as ObjectClass
    },
  }
}
