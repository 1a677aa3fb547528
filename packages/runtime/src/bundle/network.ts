/**
 * The networks that there are. A bridge is not among them: it needs root's changes to the machine that outlive a container.
 * @module
 */

/** `host`: the machine's own. `none`: a loopback interface of the container's own and nothing else. */
export type Network = 'host' | 'none'

/** How they are typed. */
export const networks: readonly Network[] = ['host', 'none']
