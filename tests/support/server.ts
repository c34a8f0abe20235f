import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How long a server may take until it answers (ms): the first start bundles and migrates. */
const START_TIMEOUT_MS = 90_000

/** The environment variable that names a folder with a migrated, empty read database. */
export const MIGRATED_STORAGE = 'PETREL_MIGRATED_STORAGE'

/** A whole Petrel as `bun run dev` serves it: built bundle, real workerd, storage on disk. */
export interface Server {
  readonly url: string
  /** Where its storage is; a server started there again goes on where this one stopped. */
  readonly storage: string
  /** The end of what it has printed, for a test that fails. */
  output(): string
  /** Ends it with no chance to say goodbye: SIGKILL for every process of it. */
  kill(): Promise<void>
  /** Ends it and removes its storage. */
  remove(): Promise<void>
}

/** How a server differs from what `bun run dev` starts. */
export interface ServerOptions {
  /** The checkout to start, if it is to be another than this one; with node_modules. */
  readonly checkout?: string
  /** Where to go on; new storage without it. */
  readonly storage?: string
  /** Flags of `wrangler dev`. */
  readonly flags?: readonly string[]
  /** The Worker's entry, if it is to be another than workers/index.ts. */
  readonly entry?: string
  /** Variables of the Worker. */
  readonly variables?: Readonly<Record<string, string>>
  /** Whether to wait until it answers anything, healthy or not. */
  readonly unhealthy?: boolean
  /** Variables of the process, such as `NODE_EXTRA_CA_CERTS`. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts a server on a free port and waits until it is healthy, unless it is not to be. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const storage = options.storage ?? (await newStorage())
  const port = await freePort()
  const args = [
    // First: a flag that takes several values would take it too.
    ...(options.entry === undefined ? [] : [options.entry]),
    '--port',
    String(port),
    '--inspector-port',
    '0',
    '--persist-to',
    storage,
    ...Object.entries(options.variables ?? {}).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ...(options.flags ?? []),
  ]
  // A process group of its own, so that one signal reaches wrangler and workerd alike.
  const child = spawn(process.execPath, ['scripts/dev.ts', ...args], {
    detached: true,
    ...(options.checkout !== undefined && { cwd: options.checkout }),
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000)
    })
  const url = `http://localhost:${port}`
  await answering(url, child, () => output, options.unhealthy ?? false)
  const kill = () => killGroup(child)
  return {
    url,
    storage,
    output: () => output,
    kill,
    async remove() {
      await kill()
      await rm(storage, { recursive: true, force: true })
    },
  }
}

/** A new folder for a server, already migrated where the run has prepared that. */
async function newStorage(): Promise<string> {
  const storage = await mkdtemp(join(tmpdir(), 'petrel-'))
  const migrated = process.env[MIGRATED_STORAGE]
  if (migrated !== undefined) await cp(migrated, storage, { recursive: true })
  return storage
}

async function answering(
  url: string,
  child: ChildProcess,
  output: () => string,
  unhealthy: boolean,
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output()}`)
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
    if (response && (response.ok || unhealthy)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await killGroup(child)
  throw new Error(`the server was not healthy within ${START_TIMEOUT_MS} ms:\n${output()}`)
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port was found')
  return address.port
}
