/**
 * Which extensions there are (distribution-spec main, "Extensions"): ours.
 * @module
 */
import { routePath } from '@tsreg/oci/distribution'
import type { Endpoint } from '../middleware/authorize.ts'
import { sendJson } from '../reply.ts'
import { nameOf, repositoryOf } from './parameters.ts'

export const discover: Endpoint = {
  access(exchange) {
    const name = nameOf(exchange)
    return name === '' ? [] : [{ type: 'repository', name, actions: ['pull'] }]
  },
  handle(exchange) {
    const name = nameOf(exchange) === '' ? undefined : repositoryOf(exchange).name
    // The prefix is a place-holder; the path helper would escape its brackets.
    const ids = routePath.ids(name, 'PREFIX').replace('PREFIX', '<hexPrefix>')
    sendJson(exchange, 200, [], {
      extensions: [
        {
          name: '_tsreg',
          // The front page describes it.
          url: '/',
          description:
            'Finds images by the beginning of their image ID or manifest digest; deletes whole repositories.',
          endpoints: name === undefined ? [ids] : [ids, routePath.repository(name)],
        },
      ],
    })
  },
}
