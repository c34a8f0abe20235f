/** A change of one source file, as text: what a release has otherwise. */
export interface Patch {
  /** Path from the top of the repository, with slashes. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/**
 * The text of a file with a patch applied.
 *
 * @throws Error that names file and text, unless the text to find occurs exactly once
 */
export function applyPatch(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find)
  const [before, after] = parts
  if (parts.length !== 2 || before === undefined || after === undefined)
    throw new Error(`${file} has this ${parts.length - 1} times, not once; adapt the patch:\n${find}`)
  return `${before}${replace}${after}`
}

/**
 * The text of a file with those patches that are for it, in their order.
 *
 * @throws Error as `applyPatch` does
 */
export function patchedText(file: string, text: string, patches: readonly Patch[]): string {
  return patches.filter((patch) => patch.file === file).reduce(applyPatch, text)
}

/** The files that patches change, each once. */
export function patchedFiles(patches: readonly Patch[]): string[] {
  return [...new Set(patches.map(({ file }) => file))]
}
