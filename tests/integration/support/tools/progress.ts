/** Prints on the terminal what is being waited for. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`)
}
