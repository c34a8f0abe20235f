import { Buffer } from 'node:buffer'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { withTimeLimit } from '../../time-limit.ts'
import { ConnectionError } from './errors.ts'
import type { Api } from './requests.ts'
import { Reader, Writer } from './wire.ts'

/** By which brokers tell clients apart in logs and quotas. */
const CLIENT = 'petrel'
/** For TCP and TLS. */
const CONNECTION_TIMEOUT_MS = 4_000
/** More than a leader waits for other replicas. */
const ANSWER_TIMEOUT_MS = 7_000
/** No answer to a request here is near it: what claims to be larger is not Kafka. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024

interface Pending {
  resolve(frame: Buffer): void
  reject(error: Error): void
}

/** A connection to one broker, which ends with the first fault; nothing is sent twice by itself. */
export class Connection {
  readonly #address: string
  readonly #socket: Socket
  /** By correlation id. */
  readonly #pending = new Map<number, Pending>()
  #correlationId = 0
  #received: Buffer = Buffer.alloc(0)
  #fault: ConnectionError | null = null

  private constructor(address: string, socket: Socket) {
    this.#address = address
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#end(error.message))
    socket.on('close', () => this.#end('it was closed'))
    // A half-closed connection takes no answers.
    socket.on('end', () => this.#end('the broker ended it'))
  }

  /**
   * Connects to `host:port`.
   *
   * @throws ConnectionError
   */
  static async open(host: string, port: number, tls: boolean): Promise<Connection> {
    const address = `${host}:${port}`
    const socket = tls
      ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) })
      : connect({ host, port })
    // Also after the time limit, when nobody listens any more.
    socket.on('error', () => {})
    const connected = new Promise<void>((resolve, reject) => {
      socket.once(tls ? 'secureConnect' : 'connect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('it was closed')))
    })
    try {
      await withTimeLimit(connected, CONNECTION_TIMEOUT_MS, 'connecting')
    } catch (error) {
      socket.destroy()
      const reason = error instanceof Error ? error.message : 'unknown reason'
      throw new ConnectionError('unreachable', `no connection to ${address}: ${reason}`)
    }
    socket.setNoDelay(true)
    return new Connection(address, socket)
  }

  /** Whether it takes requests. */
  get isOpen(): boolean {
    return this.#fault === null
  }

  /**
   * Sends a request and returns its answer.
   *
   * @throws ConnectionError when there is none in time; the request may have been carried out
   */
  async request<Request, Answer>(api: Api<Request, Answer>, request: Request): Promise<Answer> {
    if (this.#fault) throw this.#fault
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff
    const id = this.#correlationId
    const writer = new Writer().int16(api.key).int16(api.version).int32(id).string(CLIENT)
    api.write(writer, request)
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    this.#pending.set(id, { resolve, reject })
    const timer = setTimeout(() => this.#end(`no answer within ${ANSWER_TIMEOUT_MS} ms`), ANSWER_TIMEOUT_MS)
    this.#socket.write(writer.frame())
    try {
      return api.read(new Reader(await promise))
    } catch (error) {
      // An answer that cannot be read leaves open what happened, as none would.
      if (error instanceof RangeError) this.#end('it sent what is not Kafka')
      throw this.#fault ?? error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends it; requests without an answer fail. */
  close(): void {
    this.#end('it was closed')
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const length = this.#received.readInt32BE(0)
      if (length < 4 || length > MAX_FRAME_BYTES) {
        this.#end('it sent what is not Kafka')
        return
      }
      if (this.#received.length < 4 + length) return
      const frame = this.#received.subarray(4, 4 + length)
      this.#received = this.#received.subarray(4 + length)
      const id = frame.readInt32BE(0)
      this.#pending.get(id)?.resolve(frame.subarray(4))
      this.#pending.delete(id)
    }
  }

  #end(reason: string): void {
    if (this.#fault) return
    this.#fault = new ConnectionError('ended', `the connection to ${this.#address} ended: ${reason}`)
    for (const { reject } of this.#pending.values()) reject(this.#fault)
    this.#pending.clear()
    this.#socket.destroy()
  }
}
