import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Kafka's number for produce requests (kafka.apache.org/protocol#protocol_api_keys). */
const PRODUCE = 0

/**
 * What becomes of the answer to a produce request, which the broker gives when it has stored it:
 *
 * - `pass`: it arrives
 * - `cut`: the connection ends in its place
 * - `swallow`: it gets lost, and the connection stays
 * - a number: it arrives with this error code for its first partition
 */
export type AnswerFate = 'pass' | 'cut' | 'swallow' | number

/** A proxy in front of a Kafka broker's listener without TLS. */
export interface TcpProxy {
  /** `host:port` */
  readonly address: string
  /** Where connections go from now on. */
  forwardTo(address: string): void
  /** What becomes of the next so many answers to produce requests; those after them pass. */
  treat(fate: AnswerFate, answers: number): void
  /** Answers that did not pass as they were. */
  lost(): number
  /** The largest produce request so far (bytes). */
  largest(): number
  close(): Promise<void>
}

/** Starts a proxy on a free port of this machine alone. */
export async function startTcpProxy(): Promise<TcpProxy> {
  let target = { host: '127.0.0.1', port: 0 }
  let fate: AnswerFate = 'pass'
  let answers = 0
  let lost = 0
  let largest = 0
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    const broker = connect(target)
    /** Correlation ids of produce requests without an answer. */
    const produced = new Set<number>()
    const end = () => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    // A frame: its length, and in a request the api's number and version, then the correlation id.
    onFrames(client, (frame) => {
      if (frame.readInt16BE(4) === PRODUCE) {
        produced.add(frame.readInt32BE(8))
        largest = Math.max(largest, frame.length)
      }
      broker.write(frame)
    })
    onFrames(broker, (frame) => {
      if (!produced.delete(frame.readInt32BE(4)) || answers === 0) {
        client.write(frame)
        return
      }
      answers -= 1
      lost += 1
      if (fate === 'cut') end()
      else if (fate !== 'swallow') client.write(withError(frame, fate))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')

  return {
    address: `127.0.0.1:${address.port}`,
    forwardTo(other) {
      const [host = '', port] = other.split(':')
      target = { host, port: Number(port) }
    },
    treat(next, count) {
      fate = next
      answers = next === 'pass' ? 0 : count
    },
    lost: () => lost,
    largest: () => largest,
    async close() {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

/** Hands on whole frames, with their length in front. */
function onFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0)
      take(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  })
}

/** An answer to a produce request (versions 3 to 8) with this error for its first topic's first partition. */
function withError(frame: Buffer, fate: AnswerFate): Buffer {
  if (typeof fate !== 'number') return frame
  const changed = Buffer.from(frame)
  // Length, correlation id, topics: count; name: length.
  const nameLength = changed.readInt16BE(12)
  // Name; partitions: count, index.
  changed.writeInt16BE(fate, 14 + nameLength + 8)
  return changed
}
