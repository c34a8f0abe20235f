/**
 * A page with a part of it written anew: what stands between two comments that name the part.
 *
 * @throws Error if the page lacks one of the comments, or has one of them twice
 */
export function withPart(page: string, part: string, text: string): string {
  const begin = `<!-- ${part}: written by \`npx bun run docs\` -->`
  const end = `<!-- end of ${part} -->`
  const [before, rest, ...more] = page.split(begin)
  const [, after, ...others] = rest?.split(end) ?? []
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`The page needs these two lines, each once:\n${begin}\n${end}`)
  return [before, begin, '\n', text, '\n', end, after].join('')
}

/** A table in Markdown; the first row is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  return [head, head.map(() => '---'), ...escaped].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
