import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { freePort, PortTakenError } from './support/address.ts'

function dev(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/dev.ts', ...args], (fault, stdout, stderr) =>
      resolve({ code: fault?.code ?? 0, stdout, stderr }),
    )
  })
}

/** Holds a port on one of localhost's addresses for as long as a job runs. */
async function occupied(host: string, job: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  try {
    await job(typeof address === 'object' && address ? address.port : 0)
  } finally {
    server.close()
  }
}

describe('bun run dev', { timeout: 30_000 }, () => {
  it('says so when its port is taken, and which to try', async () => {
    await occupied('127.0.0.1', async (port) => {
      const { code, stderr } = await dev('--port', String(port))
      expect(code).toBe(1)
      expect(stderr).toContain(`Port ${port} is taken.`)
      expect(stderr).toContain(`bun run dev --port ${port + 1}`)
    })
  })
  it('refuses what is no port', async () => {
    expect(await dev('--port', 'eighty')).toMatchObject({ code: 2, stdout: '' })
    expect(await dev('--port=65536')).toMatchObject({ code: 2, stdout: '' })
  })
  it('explains itself', async () => {
    const { code, stdout } = await dev('--help')
    expect(code).toBe(0)
    expect(stdout).toContain('--persist-to')
  })
})

describe('freePort', () => {
  it('counts a port of localhost as taken when only its IPv4 address is', async () => {
    await occupied('127.0.0.1', async (port) => {
      await expect(freePort('localhost', port)).rejects.toThrow(PortTakenError)
    })
  })
  it('finds one when any will do', async () => {
    const port = await freePort('localhost', 0)
    expect(port).toBeGreaterThan(0)
    expect(await freePort('localhost', port)).toBe(port)
  })
})
