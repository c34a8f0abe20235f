import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** How long it may take to start, and to stop by itself (ms). */
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
/** Enough for a test's data; the C1 compiler and class data sharing bring it up in half the time. */
const JAVA = ['-Xms128m', '-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

/** A process of Kafka's, with the end of what it says. */
export interface Server {
  readonly child: ChildProcess
  readonly output: () => string
}

/** Runs classes of Kafka's jars, and of folders beside them. A process does not outlive this one. */
export function javaOf(jars: string, ...folders: readonly string[]): (args: readonly string[]) => Server {
  const classes = [join(jars, '*'), ...folders].join(':')
  return (args) => {
    const child = spawn(
      'java',
      [...JAVA, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', classes, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-10_000)
      })
    const goodbye = () => child.kill('SIGKILL')
    process.once('exit', goodbye)
    child.once('exit', () => process.removeListener('exit', goodbye))
    child.once('error', (error) => {
      said += `Kafka needs Java 17 or newer (https://adoptium.net): ${error.message}`
    })
    return { child, output: () => said }
  }
}

/** Makes a node's storage, with a user of the SCRAM listeners if there is one. */
export async function formatStorage(
  java: (args: readonly string[]) => Server,
  settings: string,
  user: { readonly name: string; readonly password: string } | null,
): Promise<void> {
  const server = java([
    ...['kafka.tools.StorageTool', 'format', '--config', settings],
    ...['--cluster-id', 'cGV0cmVsLWthZmthLXRlcw'],
    ...(user ? ['--add-scram', `SCRAM-SHA-512=[name=${user.name},password=${user.password}]`] : []),
  ])
  if (server.child.pid !== undefined) await once(server.child, 'exit')
  if (server.child.exitCode !== 0) throw new Error(`Kafka's storage could not be made:\n${server.output()}`)
}

/** A node that is stopped and started again, with what it stored. */
export class KafkaNode {
  readonly #java: (args: readonly string[]) => Server
  readonly #settings: string
  readonly #answers: () => Promise<boolean>
  #server: Server | null = null

  /** @param answers whether it takes requests; asked again and again while it starts */
  constructor(java: (args: readonly string[]) => Server, settings: string, answers: () => Promise<boolean>) {
    this.#java = java
    this.#settings = settings
    this.#answers = answers
  }

  async start(): Promise<void> {
    const server = this.#java(['kafka.Kafka', this.#settings])
    this.#server = server
    const over = Date.now() + START_TIMEOUT_MS
    while (!(await this.#answers())) {
      if (hasEnded(server.child) || Date.now() > over) {
        server.child.kill('SIGKILL')
        throw new Error(`Kafka did not start:\n${server.output()}`)
      }
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#server?.child
    this.#server = null
    if (!child || hasEnded(child)) return
    const exit = once(child, 'exit')
    child.kill(signal)
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await exit
    clearTimeout(patience)
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

/** Free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('No port')
    return address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
