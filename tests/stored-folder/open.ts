import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { type Answers, answersSchema } from './answers.ts'
import { unpack } from './databases.ts'

/** The stored folder as files, and what the server that left it answered last. */
export interface StoredFolder {
  readonly storage: string
  readonly answers: Answers
}

/** Writes the stored folder to a new place, with its deployment's clock where it stopped. */
export async function openStoredFolder(): Promise<StoredFolder> {
  const answers = answersSchema.parse(JSON.parse(await textOf('answers.json.gz')))
  const storage = await mkdtemp(join(tmpdir(), 'petrel-stored-'))
  await unpack(await textOf('folder.jsonl.gz'), storage)
  await standStill(storage, Date.now() - answers.stoppedAt)
  return { storage, answers }
}

async function textOf(name: string): Promise<string> {
  return gunzipSync(await readFile(join(import.meta.dirname, name))).toString()
}

/** Takes back the time (ms) that has passed since the folder was stored: holds would be over, keys forgotten. */
async function standStill(storage: string, passed: number): Promise<void> {
  await inEach(storage, 'ClockObject', 'UPDATE clock SET offset = offset - ?', passed)
  // Keys are kept by the machine's time.
  await inEach(storage, 'IdempotencyKeysObject', 'UPDATE keys SET used_at = used_at + ?', passed)
}

async function inEach(storage: string, objectClass: string, update: string, value: number): Promise<void> {
  const folder = join(storage, 'v3', 'do', `petrel-${objectClass}`)
  for (const name of await readdir(folder)) {
    if (!/^[0-9a-f]+\.sqlite$/.test(name)) continue
    const database = new DatabaseSync(join(folder, name))
    database.prepare(update).run(BigInt(value))
    database.close()
  }
}
