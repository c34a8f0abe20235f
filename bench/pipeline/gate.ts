import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'

/** `closed` refuses connections and cuts those that there are, `open` lets everything through. */
export const gateStateSchema = z.enum(['closed', 'open'])
export type GateState = z.infer<typeof gateStateSchema>

/** The way to the broker, for Petrel and for plain kafkajs alike: closed, the sink is down. */
export class Gate {
  /** What clients are told to connect to, `host:port`. */
  readonly address: string
  readonly #port: number
  #thread: Worker | null = null

  private constructor(port: number) {
    this.#port = port
    this.address = `127.0.0.1:${port}`
  }

  /** On a free port, which refuses connections until it has a target. */
  static async reserve(): Promise<Gate> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = z.object({ port: z.int() }).parse(server.address())
    await once(server.close(), 'close')
    return new Gate(port)
  }

  /** Gives it somewhere to lead to, `host:port` on this machine. It is closed until it is set. */
  leadTo(broker: string): void {
    const target = Number(broker.split(':').at(-1))
    this.#thread = new Worker(join(import.meta.dirname, 'gate-thread.ts'), {
      workerData: { port: this.#port, target },
    })
  }

  async set(state: GateState): Promise<void> {
    const thread = this.#thread
    if (!thread) throw new Error('the gate leads nowhere')
    const done = once(thread, 'message')
    thread.postMessage(state)
    await done
  }

  async remove(): Promise<void> {
    await this.#thread?.terminate()
  }
}
