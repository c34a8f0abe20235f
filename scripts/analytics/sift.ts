import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { hasUnreadableText } from '../../shared/core/text/text.ts'
import { parseCloudEvent } from '../../shared/core/wire/serialized-event.ts'

/** A skipped line; without a line number, a skipped file. */
export interface SetAside {
  readonly file: string
  /** Counted from 1. */
  readonly line?: number
  readonly reason: string
}

/**
 * Separates the lines of NDJSON files that are CloudEvents from those that are not. A file without errors is returned
 * unchanged; the valid lines of other files are written into a folder.
 */
export async function siftFiles(
  files: readonly string[],
  folder: string,
): Promise<{ files: string[]; setAside: SetAside[] }> {
  const kept: string[] = []
  const setAside: SetAside[] = []
  for (const [index, file] of files.entries()) {
    let lines: Buffer[]
    try {
      lines = linesOf(file)
    } catch (fault) {
      setAside.push({ file, reason: fault instanceof Error ? fault.message : String(fault) })
      continue
    }
    const faults = lines.map(faultOfLine)
    if (faults.every((fault) => fault === null)) {
      kept.push(file)
      continue
    }
    for (const [at, reason] of faults.entries())
      if (reason !== null) setAside.push({ file, line: at + 1, reason })
    const sifted = join(folder, `${index}.ndjson`)
    const out = createWriteStream(sifted)
    for (const [at, line] of lines.entries()) if (faults[at] === null) out.write(`${line}\n`)
    out.end()
    await finished(out)
    kept.push(sifted)
  }
  return { files: kept, setAside }
}

/** The number of skipped lines and files, and the places of the first of them. */
export function setAsideText(setAside: readonly SetAside[], most = 10): string {
  if (setAside.length === 0) return ''
  const lines = setAside.filter(({ line }) => line !== undefined).length
  const counts = [counted(lines, 'line'), counted(setAside.length - lines, 'file')].filter(
    (text) => text !== '',
  )
  const places = setAside
    .slice(0, most)
    .map(({ file, line, reason }) => `  ${file}${line === undefined ? '' : `:${line}`}  ${reason}`)
  const more = setAside.length - places.length
  return [
    `Set aside, as it cannot be read: ${counts.join(' and ')}. The answers are without it.`,
    ...places,
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
  ].join('\n')
}

function counted(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`
}

function linesOf(file: string): Buffer[] {
  const stored = readFileSync(file)
  const bytes = file.endsWith('.gz') ? gunzipSync(stored) : stored
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from)
    const to = end < 0 ? bytes.length : end
    lines.push(bytes.subarray(from, to))
    from = to + 1
  }
  return lines
}

/** Why a line is not a CloudEvent that DuckDB can read; `null` for a valid or empty line. */
function faultOfLine(line: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(line)
    if (text.trim() === '') return null
    if (hasUnreadableText(text)) return 'text that is not well-formed Unicode, or holds NUL'
    parseCloudEvent(JSON.parse(text))
    return null
  } catch (fault) {
    if (fault instanceof SyntaxError) return 'not JSON'
    return fault instanceof TypeError ? 'not UTF-8' : 'not a CloudEvent'
  }
}
