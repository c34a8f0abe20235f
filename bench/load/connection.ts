import { createConnection, type Socket } from 'node:net'

/** An HTTP answer, whole. */
export interface Answer {
  readonly status: number
  /** The header lines as they came, names in any case. */
  readonly head: string
  readonly body: string
}

/** A request in the form in which it goes over the wire; made once, it can be sent often. */
export type WireRequest = Buffer

/** An HTTP/1.1 request as bytes. `body` goes as JSON. */
export function wireRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): WireRequest {
  const content = body === undefined ? '' : JSON.stringify(body)
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: petrel.test']
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (body !== undefined) lines.push('Content-Type: application/json')
  if (method !== 'GET') lines.push(`Content-Length: ${Buffer.byteLength(content)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${content}`)
}

/** The runtime closed a connection instead of answering: what was asked may have happened or not. */
export class ResetError extends Error {
  override readonly name = 'ResetError'
}

/**
 * One kept-alive connection with one request at a time. It speaks just enough HTTP for what workerd
 * answers, because a whole client would take more of the processor than the Worker it is to measure.
 */
export class Connection {
  readonly #url: URL
  #socket: Socket | null = null
  #received: Buffer = Buffer.alloc(0)
  #waiting: { resolve(answer: Answer): void; reject(fault: Error): void } | null = null

  /** For requests to the origin of a URL. */
  constructor(url: URL) {
    this.#url = url
  }

  /** Connects, which `send` would else do first. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({
        host: this.#url.hostname,
        port: Number(this.#url.port),
        noDelay: true,
      })
      socket.once('connect', () => {
        this.#socket = socket
        resolve()
      })
      socket.once('error', reject)
      socket.on('data', (chunk) => this.#take(chunk))
      socket.on('error', (fault) => this.#lost(socket, fault.message))
      socket.on('close', () => this.#lost(socket, 'the runtime closed the connection'))
    })
  }

  /** Sends a request and resolves with its answer. Rejects with `ResetError`; the next send connects anew. */
  async send(request: WireRequest): Promise<Answer> {
    if (!this.#socket) await this.open()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket?.write(request)
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = null
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const answer = parse(this.#received)
    if (!answer) return
    this.#received = Buffer.alloc(0)
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.resolve(answer)
  }

  #lost(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#received = Buffer.alloc(0)
    this.#waiting?.reject(new ResetError(reason))
    this.#waiting = null
  }
}

/** Opens so many connections to the origin of a URL. */
export async function openConnections(url: URL, count: number): Promise<Connection[]> {
  const connections = Array.from({ length: count }, () => new Connection(url))
  await Promise.all(connections.map((connection) => connection.open()))
  return connections
}

/** The answer, once all of it is there; else `null`. */
function parse(received: Buffer): Answer | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const head = received.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const start = end + 4
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    if (received.length < start + Number(length)) return null
    return { status, head, body: received.toString('utf8', start, start + Number(length)) }
  }
  if (status === 204 || status === 304) return { status, head, body: '' }
  const body = unchunk(received.subarray(start))
  return body === null ? null : { status, head, body }
}

/** A body in chunked transfer coding (RFC 9112, 7.1); `null` while its last chunk is missing. */
function unchunk(received: Buffer): string | null {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const line = received.indexOf('\r\n', at)
    if (line < 0) return null
    const size = Number.parseInt(received.toString('latin1', at, line), 16)
    const end = line + 2 + size + 2
    if (Number.isNaN(size) || received.length < end) return null
    if (size === 0) return Buffer.concat(parts).toString('utf8')
    parts.push(received.subarray(line + 2, line + 2 + size))
    at = end
  }
}
