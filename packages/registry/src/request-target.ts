/**
 * The target of a request (RFC 9112, 3.2). Clients send a path; what goes through a proxy may come with the whole URL,
 * which every server has to take.
 * @module
 */

const slash = 0x2f

/**
 * The path and query of a target.
 * @param target as it stands in the request line
 * @returns the target itself where it is no URL of http or https: of the other forms none names anything here
 * @example `http://registry.example/v2/?n=5` is `/v2/?n=5`, `http://registry.example?n=5` is `/?n=5`
 */
export function originForm(target: string): string {
  if (target.charCodeAt(0) === slash) return target
  const rest = /^https?:\/\/[^/?#]+(.*)$/is.exec(target)?.[1]
  if (rest === undefined) return target
  return rest.charCodeAt(0) === slash ? rest : `/${rest}`
}
