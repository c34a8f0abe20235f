import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { pythonTool } from '../tools/python.ts'

/** The checks of every answer; the checks that look at whether a request should have been taken are left out. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
]
/** More than any answer takes, also where other work slows the machine down (s): a slow answer is no fault here. */
const REQUEST_TIMEOUT = 60
/** What starting Python and reading the document may take beside the run itself (ms). */
const OVERHEAD = 120_000
/** A fault of CPython's parser under two threads, by chance: it stops schemathesis, and says nothing about Petrel. */
const TOOL_FAULT = 'SystemError: AST constructor recursion depth mismatch'

const reportSchema = z.looseObject({
  operations: z.looseObject({ tested: z.int() }),
  test_cases: z.looseObject({ generated: z.int() }),
  failures: z.array(z.looseObject({ title: z.string(), operations: z.array(z.string()) })),
  errors: z.array(z.looseObject({ title: z.string() })),
})

/** What came of a run: how much was tried, and what was found, each with the operations at which it was. */
export interface Fuzzed {
  readonly operations: number
  readonly requests: number
  readonly found: readonly string[]
  /** All that schemathesis printed: the requests, to be repeated. */
  readonly printed: string
}

interface FuzzOptions {
  readonly token: string | null
  readonly seconds: number
  /** Operations by their id. */
  readonly leaveOut: readonly string[]
}

/**
 * Sends a running Petrel the requests that schemathesis makes of its OpenAPI document, well-formed ones and others,
 * and checks each answer against the document. The same requests each time, for so many seconds at most. Once more where
 * the tool itself failed.
 */
export async function fuzz(url: string, options: FuzzOptions): Promise<Fuzzed> {
  const fuzzed = await run(url, options)
  return fuzzed.printed.includes(TOOL_FAULT) ? run(url, options) : fuzzed
}

async function run(url: string, { token, seconds, leaveOut }: FuzzOptions): Promise<Fuzzed> {
  const folder = await mkdtemp(join(tmpdir(), 'petrel-fuzz-'))
  const report = join(folder, 'report.json')
  const args = [
    ...['run', `${url}/openapi.json`, '--checks', CHECKS.join(','), '--phases', 'examples,coverage,fuzzing'],
    ...['--max-time', String(seconds), '--request-timeout', String(REQUEST_TIMEOUT), '--workers', '2'],
    ...[
      '--continue-on-failure',
      '--generation-deterministic',
      '--generation-with-security-parameters',
      'false',
    ],
    ...['--no-color', '--no-shrink', '--report', 'json', '--report-json-path', report],
    ...leaveOut.flatMap((id) => ['--exclude-operation-id', id]),
    ...(token === null ? [] : ['--header', `Authorization: Bearer ${token}`]),
  ]
  try {
    const printed = await printedBy(
      await pythonTool('schemathesis'),
      args,
      folder,
      seconds * 1_000 + OVERHEAD,
    )
    const text = await readFile(report, 'utf8').catch(() => {
      throw new Error(`schemathesis wrote no report:\n${printed}`)
    })
    const { operations, test_cases, failures, errors } = reportSchema.parse(JSON.parse(text))
    return {
      operations: operations.tested,
      requests: test_cases.generated,
      found: [
        ...failures.map(({ title, operations: where }) => `${title}: ${where.join(', ')}`),
        ...errors.map(({ title }) => title),
      ],
      printed,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What a command prints, whatever its exit code: that it found something is an answer. */
function printedBy(command: string, args: readonly string[], cwd: string, timeout: number): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    )
  })
}
