/** Ends a script after a usage error: the reason on standard error, exit code 2. */
export function misused(reason: string, usage: string): never {
  process.stderr.write(`${reason}\n\n${usage}`)
  process.exit(2)
}

/** The last value of `--name value` or `--name=value` among arguments; `undefined` without one. */
export function flagValue(args: readonly string[], ...names: readonly string[]): string | undefined {
  let value: string | undefined
  for (const [index, argument] of args.entries()) {
    for (const name of names) {
      if (argument === name) value = args[index + 1]
      else if (argument.startsWith(`${name}=`)) value = argument.slice(name.length + 1)
    }
  }
  return value
}

/** Whether the arguments contain one of these flags, with or without a value. */
export function hasFlag(args: readonly string[], ...names: readonly string[]): boolean {
  return args.some((argument) => names.some((name) => argument === name || argument.startsWith(`${name}=`)))
}

/** Arguments without one flag and its value. */
export function withoutFlag(args: readonly string[], name: string): string[] {
  return args.filter(
    (argument, index) => argument !== name && !argument.startsWith(`${name}=`) && args[index - 1] !== name,
  )
}
