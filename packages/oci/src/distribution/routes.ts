/**
 * The endpoints of distribution-spec (main, "Endpoints"), Docker's catalog and our own extension, read out of a path.
 *
 * ```
 * base       /v2/                                    end-1
 * blob       /v2/<name>/blobs/<digest>               end-2, end-10
 * manifest   /v2/<name>/manifests/<reference>        end-3, end-7, end-9
 * uploads    /v2/<name>/blobs/uploads/               end-4, end-11
 * upload     /v2/<name>/blobs/uploads/<id>           end-5, end-6, end-13, end-14
 * tags       /v2/<name>/tags/list                    end-8
 * referrers  /v2/<name>/referrers/<digest>           end-12
 * catalog    /v2/_catalog                            Docker
 * discover   /v2/[<name>/]_oci/ext/discover          extension discovery
 * ids        /v2/[<name>/]_tsreg/ids/<hexPrefix>     ours
 * repository /v2/<name>/_tsreg/repository            ours
 * ```
 * A name may itself hold components such as `blobs` or `tags`, so a path is read from its end.
 * @module
 */

/** An endpoint with the strings of its path, decoded and unchecked: their grammar is the caller's business. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string }
  | { readonly kind: 'ids'; readonly name?: string; readonly prefix: string }
  | { readonly kind: 'discover'; readonly name?: string }
  | { readonly kind: 'repository'; readonly name: string }

export type RouteKind = Route['kind']

/**
 * The endpoint that a path names; undefined when there is none.
 * @param path of the request, without its query. One trailing slash more or less is accepted where clients differ.
 */
export function matchRoute(path: string): Route | undefined {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' }
  if (!path.startsWith('/v2/')) return undefined
  const rest = decode(path.slice('/v2/'.length))
  if (rest === undefined) return undefined
  const last = rest.lastIndexOf('/')
  if (last < 0) return rest === '_catalog' ? { kind: 'catalog' } : undefined
  const end = rest.slice(last + 1)
  if (end === '') return matchUploads(rest.slice(0, last))
  const middle = rest.lastIndexOf('/', last - 1)
  const word = rest.slice(middle + 1, last)
  return matchResource(rest, { word, end, name: rest.slice(0, Math.max(0, middle)) })
}

/** A path in pieces: `<name>/<word>/<end>`. */
interface Pieces {
  readonly name: string
  readonly word: string
  readonly end: string
}

function matchResource(rest: string, { name, word, end }: Pieces): Route | undefined {
  switch (word) {
    case 'manifests':
      return name === '' ? undefined : { kind: 'manifest', name, reference: end }
    case 'blobs':
      if (name === '') return undefined
      return end === 'uploads' ? { kind: 'uploads', name } : { kind: 'blob', name, digest: end }
    case 'uploads': {
      const repository = before(name, '/blobs')
      return repository === undefined || repository === '' ? undefined : { kind: 'upload', name: repository, id: end }
    }
    case 'tags':
      return name !== '' && end === 'list' ? { kind: 'tags', name } : undefined
    case 'referrers':
      return name === '' ? undefined : { kind: 'referrers', name, digest: end }
    case 'ids':
      return matchIds(name, end)
    case 'ext':
      return matchDiscover(rest)
    case '_tsreg':
      return name !== '' && end === 'repository' ? { kind: 'repository', name } : undefined
    default:
      return undefined
  }
}

/** `/v2/<name>/blobs/uploads/`, and `/v2/_catalog/` as some clients write it. */
function matchUploads(rest: string): Route | undefined {
  if (rest === '_catalog') return { kind: 'catalog' }
  const name = before(rest, '/blobs/uploads')
  return name === undefined || name === '' ? undefined : { kind: 'uploads', name }
}

function matchIds(owner: string, prefix: string): Route | undefined {
  if (owner === '_tsreg') return { kind: 'ids', prefix }
  const name = before(owner, '/_tsreg')
  return name === undefined || name === '' ? undefined : { kind: 'ids', name, prefix }
}

function matchDiscover(rest: string): Route | undefined {
  if (rest === '_oci/ext/discover') return { kind: 'discover' }
  const name = before(rest, '/_oci/ext/discover')
  return name === undefined || name === '' ? undefined : { kind: 'discover', name }
}

function before(text: string, suffix: string): string | undefined {
  return text.endsWith(suffix) ? text.slice(0, -suffix.length) : undefined
}

// Most paths hold no escapes; a broken one names nothing.
function decode(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
