import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { gateStateSchema } from './gate.ts'

// A thread of its own: what passes through here must not wait for what the bench itself is at.
const { port, target } = z.object({ port: z.int(), target: z.int() }).parse(workerData)
const sockets = new Set<Socket>()
const server = createServer({ noDelay: true }, pass)

parentPort?.on('message', async (message) => {
  if (gateStateSchema.parse(message) === 'closed') await close()
  else if (!server.listening) await once(server.listen(port, '127.0.0.1'), 'listening')
  parentPort?.postMessage('done')
})

async function close(): Promise<void> {
  const closed = server.listening ? once(server.close(), 'close') : null
  for (const socket of sockets) socket.destroy()
  await closed
}

function pass(client: Socket): void {
  const broker = connect({ host: '127.0.0.1', port: target, noDelay: true })
  for (const [one, other] of [
    [client, broker],
    [broker, client],
  ] as const) {
    sockets.add(one)
    one.on('error', () => one.destroy())
    one.once('close', () => {
      sockets.delete(one)
      other.destroy()
    })
    one.pipe(other)
  }
}
