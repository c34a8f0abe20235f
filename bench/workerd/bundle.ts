import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'

const WRANGLER = join('node_modules', 'wrangler', 'bin', 'wrangler.js')

/** A module of a Worker: its name, by which others import it, and what stands in it. */
export interface WorkerModule {
  readonly type: 'ESModule' | 'CompiledWasm' | 'Data' | 'Text'
  readonly path: string
  readonly contents: string | Uint8Array
}

const moduleTypes: Partial<Record<string, WorkerModule['type']>> = {
  '.js': 'ESModule',
  '.mjs': 'ESModule',
  '.wasm': 'CompiledWasm',
  '.bin': 'Data',
  '.toml': 'Text',
  '.txt': 'Text',
  '.html': 'Text',
  '.sql': 'Text',
}

/** Builds the Worker as `wrangler deploy` would, into a folder. Returns its modules, the main one first. */
export async function buildPetrel(folder: string): Promise<WorkerModule[]> {
  const environment = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' }
  const command = [WRANGLER, 'deploy', '--dry-run', '--outdir', folder]
  await promisify(execFile)(process.execPath, command, { env: environment })
  const modules = readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const type = moduleTypes[extname(name)]
    return type ? [{ type, path: name, contents: readFileSync(join(folder, name)) }] : []
  })
  const isMain = ({ path }: WorkerModule) => path === 'index.js'
  if (!modules.some(isMain)) throw new Error(`wrangler left no index.js in ${folder}`)
  return modules.sort((a, b) => Number(isMain(b)) - Number(isMain(a)))
}

/** A Worker of one file that needs no bundling: its types are taken off, and that is all. */
export function bareWorker(name: string): WorkerModule[] {
  const path = join('bench', 'workers', `${name}.ts`)
  return [
    { type: 'ESModule', path: `${name}.js`, contents: stripTypeScriptTypes(readFileSync(path, 'utf8')) },
  ]
}
