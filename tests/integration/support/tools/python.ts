import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { runCommand } from './command.ts'
import { progress } from './progress.ts'

const REQUIREMENTS = join(import.meta.dirname, 'python-requirements.txt')
const CACHE = resolve('node_modules', '.cache', 'petrel')
/** How long the packages may take to be downloaded and installed (ms). */
const INSTALL_TIMEOUT_MS = 480_000

const pythonOptions = {
  timeout: INSTALL_TIMEOUT_MS,
  missing:
    'These tests run moto, cfn-lint and schemathesis, which need Python 3.11 or newer: the command `python3` was not found.',
}

let environment: Promise<string> | null = null

/**
 * The path of a command of the Python packages that the tests run, such as `moto_server`, `cfn-lint` or
 * `python`. They are installed once, with the versions of python-requirements.txt, into a virtual environment
 * of their own.
 *
 * @throws Error in words for a person, when Python is missing, is too old, or a package cannot be installed
 */
export async function pythonTool(name: string): Promise<string> {
  environment ??= installed()
  return join(await environment, 'bin', name)
}

async function installed(): Promise<string> {
  const requirements = await readFile(REQUIREMENTS)
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12)
  const folder = join(CACHE, `python-${digest}`)
  if (existsSync(folder)) return folder
  await requireVersion()
  progress('Installing moto, cfn-lint, sqlglot and schemathesis with Python (once) …')
  await mkdir(CACHE, { recursive: true })
  // The folder that others look for is a link, set when all is in place: nobody ever sees half of it, and two
  // runs that install side by side do not meet.
  const own = `${folder}-${process.pid}`
  try {
    await runCommand('python3', ['-m', 'venv', '--clear', own], pythonOptions)
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input']
    await runCommand(join(own, 'bin', 'python'), [...install, '-r', REQUIREMENTS], pythonOptions)
    await symlink(own, `${own}-link`)
    await rename(`${own}-link`, folder)
  } catch (thrown) {
    await rm(own, { recursive: true, force: true })
    throw thrown
  }
  return folder
}

async function requireVersion(): Promise<void> {
  const program = 'import sys; print("ok" if sys.version_info >= (3, 11) else sys.version.split()[0])'
  const version = (await runCommand('python3', ['-c', program], pythonOptions)).trim()
  if (version !== 'ok')
    throw new Error(`These tests need Python 3.11 or newer: the command \`python3\` is ${version}.`)
}
