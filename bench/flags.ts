import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { MisuseError } from './suite.ts'

/** Reads flags. Throws `MisuseError` for one that is unknown. */
export function readFlags<const Flags extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Flags,
) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (fault) {
    throw new MisuseError(fault instanceof Error ? fault.message : String(fault))
  }
}

/** The number of a flag. Throws `MisuseError` for one that is none, or below 1. */
export function atLeastOne(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1)
    throw new MisuseError(`${flag} ${text} is no whole number from 1 on`)
  return Number(text)
}
