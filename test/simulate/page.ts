/**
 * The made parts of docs/scale.md: what stands between `<!-- simulate: NAME -->` and `<!-- end -->`.
 * @module
 */

/** The page with its parts replaced. @throws Error naming a part that the page, or the simulation, does not have */
export function withParts(page: string, parts: ReadonlyMap<string, string>): string {
  const found = new Set<string>()
  const result = page.replace(partPattern, (_, name: string) => {
    const part = parts.get(name)
    if (part === undefined) throw new Error(`docs/scale.md wants a part that is not made: ${name}`)
    found.add(name)
    return `<!-- simulate: ${name} -->\n${part}\n<!-- end -->`
  })
  const missing = [...parts.keys()].filter((name) => !found.has(name))
  if (missing.length > 0) throw new Error(`docs/scale.md has no place for: ${missing.join(', ')}`)
  return result
}

const partPattern = /<!-- simulate: ([\w -]+) -->\n.*?<!-- end -->/gs
