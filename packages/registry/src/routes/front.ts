/**
 * `GET /`: what somebody sees who opens the registry in a browser.
 * @module
 */
import type { Endpoint } from '../middleware/authorize.ts'
import { send } from '../reply.ts'

export const getFront: Endpoint = {
  access: () => [],
  handle(exchange) {
    send(exchange, 200, ['Content-Type', 'text/plain'], text)
  },
}

const text = `This is tsreg, a registry of container images (OCI distribution API at /v2/).

  docker pull HOST/NAME:TAG                   pull an image
  GET /v2/NAME/tags/list                      its tags
  GET /v2/_catalog                            repositories
  GET /v2/_tsreg/ids/HEX                      images whose ID or manifest digest begins with HEX
  GET /v2/NAME/_tsreg/ids/HEX                 the same in one repository
  DELETE /v2/NAME/_tsreg/repository           the repository with all its tags and images
  GET /livez  /readyz  /metrics               for those who run it
`
