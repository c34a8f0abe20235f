import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Connection } from './connection.ts'
import { ConnectionError } from './errors.ts'
import { initProducerId, metadata } from './requests.ts'
import { Writer } from './wire.ts'

const sockets: Socket[] = []
const servers: Server[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await once(server.close(), 'close')
})

/** The port of a broker that does this with what a client sends. */
async function brokerThat(answer: (received: Buffer, socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (received: Buffer) => answer(received, socket))
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}

/** Each frame: its length, the request's key and version, and then its correlation id. */
function correlationIds(frames: Buffer): number[] {
  const ids: number[] = []
  for (let at = 0; at < frames.length; at += 4 + frames.readInt32BE(at)) ids.push(frames.readInt32BE(at + 8))
  return ids
}

/** The answer to a request for an identity. */
function identity(correlationId: number, id: number): Buffer {
  return new Writer().int32(correlationId).int32(0).int16(0).int32(0).int32(id).int16(0).frame()
}

describe('a connection', () => {
  it('finds the request of each answer, however answers are cut and ordered', async () => {
    const ids: number[] = []
    const port = await brokerThat((received, socket) => {
      ids.push(...correlationIds(received))
      if (ids.length < 2) return
      const answers = Buffer.concat(ids.toReversed().map((id) => identity(id, 200 + id)))
      for (const byte of answers) socket.write(Buffer.from([byte]))
    })
    const connection = await Connection.open('127.0.0.1', port, false)
    const answers = await Promise.all([1, 2].map(() => connection.request(initProducerId, null)))
    expect(answers.map(({ id }) => id)).toEqual([201n, 202n])
    expect(connection.isOpen).toBe(true)
  })

  it('names the address that it cannot reach', async () => {
    const port = await brokerThat(() => {})
    for (const server of servers.splice(0)) await once(server.close(), 'close')
    const [opened] = await Promise.allSettled([Connection.open('127.0.0.1', port, false)])
    expect(opened).toMatchObject({
      reason: {
        name: 'ConnectionError',
        kind: 'unreachable',
        message: expect.stringContaining(`no connection to 127.0.0.1:${port}`),
      },
    })
  })

  it.each<[string, (received: Buffer, socket: Socket) => void, string]>([
    ['breaks it', (_, socket) => socket.destroy(), 'closed|ended'],
    ['ends its side', (_, socket) => socket.end(), 'closed|ended'],
    ['speaks HTTP', (_, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'not Kafka'],
    [
      'answers too little',
      (received, socket) => {
        const [id = 0] = correlationIds(received)
        socket.write(new Writer().int32(id).int16(0).frame())
      },
      'not Kafka',
    ],
  ])('fails, and all that wait for it, when the broker %s', async (_, answer, reason) => {
    const port = await brokerThat(answer)
    const connection = await Connection.open('127.0.0.1', port, false)
    const waiting = await Promise.allSettled([
      connection.request(initProducerId, null),
      connection.request(metadata, { topic: 'events' }),
    ])
    for (const outcome of waiting)
      expect(outcome).toMatchObject({
        reason: { name: 'ConnectionError', kind: 'ended', message: expect.stringMatching(reason) },
      })
    expect(connection.isOpen).toBe(false)
    await expect(connection.request(initProducerId, null)).rejects.toThrow(ConnectionError)
  })
})
