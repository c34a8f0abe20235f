import { once } from 'node:events'
import { createServer } from 'node:net'

/** Another program listens on the port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  readonly port: number

  constructor(port: number) {
    super(`port ${port} is taken`)
    this.port = port
  }
}

/**
 * A port that is currently free on a host; 0 requests any.
 *
 * @throws PortTakenError when something listens there
 */
export async function freePort(host: string, port: number): Promise<number> {
  // A program on one of localhost's two addresses would receive half of the requests.
  const hosts = host === 'localhost' ? ['127.0.0.1', '::1'] : [host === '*' ? '0.0.0.0' : host]
  let chosen = port
  for (const one of hosts) chosen = (await listenOnce(one, chosen)) ?? chosen
  return chosen
}

async function listenOnce(host: string, port: number): Promise<number | null> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address ? address.port : null
  } catch (fault) {
    if (isErrorWithCode(fault) && fault.code === 'EADDRINUSE') throw new PortTakenError(port)
    // A machine without IPv6 has no ::1: the port cannot be in use there.
    if (isErrorWithCode(fault) && (fault.code === 'EADDRNOTAVAIL' || fault.code === 'EAFNOSUPPORT'))
      return null
    throw fault
  } finally {
    server.close()
  }
}

function isErrorWithCode(fault: unknown): fault is Error & { code: string } {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string'
}
