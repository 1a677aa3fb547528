/**
 * Shows the registry who asks: Basic, or a token of its token service, as its challenge wants. Nothing is sent before
 * the first challenge, nothing ever to another origin, and one refusal is answered by one new try.
 * @module
 */
import { type AuthOptions, AuthSession } from './auth-session.ts'
import { type Dispatch, discard, type Layer } from './dispatch.ts'

/** @throws OciError UNAUTHORIZED of the token service; ClientError CREDENTIALS, and what the token exchange throws. */
export function authenticate(options: AuthOptions): Layer {
  const session = new AuthSession(options)
  return (next: Dispatch) => async (request) => {
    if (request.url.host !== options.authority) return next(request)
    const sent = await session.authorized(request)
    const first = await next(sent)
    // A challenge from behind a redirect is not the registry's.
    if (first.status !== 401 || first.url.origin !== request.url.origin) return first
    if (!(await session.learn(first, sent))) return session.explained(first)
    discard(first)
    return session.explained(await next(await session.authorized(request)))
  }
}
