import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort, PortTakenError } from './support/address.ts'
import { forgetServing, noteServing, servingOf } from './support/served-folder.ts'

function dev(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/dev.ts', ...args], (fault, stdout, stderr) =>
      resolve({ code: fault?.code ?? 0, stdout, stderr }),
    )
  })
}

/** Binds a port on one of localhost's addresses while a job runs. */
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

/** Serves HTTP, with errors, while a job runs. */
async function answering(job: (url: string) => Promise<void>): Promise<void> {
  const server = createHttpServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  try {
    await job(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`)
  } finally {
    server.close()
  }
}

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = execFile(process.execPath, ['--version'])
  await once(child, 'exit')
  return child.pid ?? 0
}

let storage: string
beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'petrel-dev-'))
})
afterEach(() => rmSync(storage, { recursive: true, force: true }))

describe('npx bun run dev', { timeout: 30_000 }, () => {
  it('does not serve a folder that is served already', async () => {
    await answering(async (url) => {
      noteServing(storage, { pid: process.pid, url })
      const { code, stderr } = await dev('--port', '0', '--persist-to', storage)
      const next = Number(new URL(url).port) + 1
      expect(code).toBe(1)
      expect(stderr).toBe(
        `Petrel already runs on ${storage} (${url}). Stop it, or give this one its own: npx bun run dev --port ${next} --persist-to .wrangler/state-${next}\n`,
      )
    })
  })
  it('passes over what a killed one has left in its folder', async () => {
    await occupied('127.0.0.1', async (port) => {
      noteServing(storage, { pid: await endedPid(), url: `http://localhost:${port}` })
      const { stderr } = await dev('--port', String(port), '--persist-to', storage)
      expect(stderr).toContain(`Port ${port} is taken.`)
    })
  })
  it('says so when its port is taken, and which to try', async () => {
    await occupied('127.0.0.1', async (port) => {
      const { code, stderr } = await dev('--port', String(port), '--persist-to', storage)
      expect(code).toBe(1)
      expect(stderr).toContain(`Port ${port} is taken.`)
      expect(stderr).toContain(`npx bun run dev --port ${port + 1}\n`)
      expect(stderr).toContain('Another Petrel in this folder needs a --persist-to of its own.')
    })
  })
  it('refuses what is no port', async () => {
    expect(await dev('--port', 'eighty', '--persist-to', storage)).toMatchObject({ code: 2, stdout: '' })
    expect(await dev('--port=65536', '--persist-to', storage)).toMatchObject({ code: 2, stdout: '' })
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

describe('a served folder', () => {
  it('is served while its process lives and its address answers', async () => {
    expect(await servingOf(storage)).toBeNull()
    await answering(async (url) => {
      noteServing(storage, { pid: process.pid, url })
      expect(await servingOf(storage)).toEqual({ pid: process.pid, url })
      noteServing(storage, { pid: await endedPid(), url })
      expect(await servingOf(storage)).toBeNull()
    })
    noteServing(storage, { pid: process.pid, url: 'http://127.0.0.1:9' })
    expect(await servingOf(storage)).toBeNull()
  })
  it('is free after a clean stop, which takes away nobody else’s note', async () => {
    await answering(async (url) => {
      noteServing(join(storage, 'new'), { pid: process.pid, url })
      forgetServing(join(storage, 'new'), process.pid + 1)
      expect(await servingOf(join(storage, 'new'))).not.toBeNull()
      forgetServing(join(storage, 'new'), process.pid)
      expect(await servingOf(join(storage, 'new'))).toBeNull()
    })
  })
})
