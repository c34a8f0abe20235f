import { textFault } from '../../../../shared/core/text/text.ts'

/** Longer names are not echoed. */
const MAX_STEP_LENGTH = 64
const MAX_POINTER_LENGTH = 256

/**
 * A JSON pointer (RFC 6901) that is safe to echo: it ends before the first name that is too long or not valid text.
 */
export function pointerTo(path: readonly PropertyKey[]): string {
  return safeSteps(path)
    .map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}

/** The name of a parameter, safe to echo. */
export function parameterName(path: readonly PropertyKey[]): string {
  return safeSteps(path).join('.')
}

function safeSteps(path: readonly PropertyKey[]): string[] {
  const steps: string[] = []
  let length = 0
  for (const step of path) {
    const name = String(step)
    length += name.length
    if (name.length > MAX_STEP_LENGTH || length > MAX_POINTER_LENGTH || textFault(name)) break
    steps.push(name)
  }
  return steps
}
