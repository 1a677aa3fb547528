/**
 * infra/registry.Dockerfile: what our own builder reads in it.
 * @module
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Instruction, parseDockerfile, parseInstructions, type Stage } from '@tsreg/builder/dockerfile'
import { repositoryRoot } from '../harness/paths.ts'
import { assertEqual, assertThat } from '../harness/report.ts'
import type { SuiteContext } from '../harness/suite.ts'

/** Where it lies, from the root of the repository. */
export const dockerfilePath = 'infra/registry.Dockerfile'

export async function checkImage({ report }: SuiteContext): Promise<void> {
  report.section(dockerfilePath)
  const file = parseInstructions(parseDockerfile(await readText(dockerfilePath), { fileName: dockerfilePath }))
  const [build, final] = file.stages
  await report.check('our builder reads two stages and warns of nothing', () => {
    assertEqual(file.stages.length, 2, 'the number of stages')
    assertEqual(file.warnings.map(({ message }) => message).join(), '', 'the warnings')
  })
  await report.check('its Node is the one that the repository is tested with', async () => {
    const { devDependencies } = JSON.parse(await readText('package.json'))
    const node = file.metaArgs.flatMap(({ args }) => args).find(({ name }) => name === 'NODE')
    assertEqual(node?.value, `node:${devDependencies.node}-bookworm-slim`, 'the argument NODE')
  })
  await report.check('what is left is a program and its files, that run as nobody', () => {
    const kinds = final?.instructions.map(({ kind }) => kind) ?? []
    assertThat(!kinds.includes('RUN') && !kinds.includes('ADD'), `the last stage has ${kinds.join(', ')}`)
    const copies = of(final, 'COPY')
    assertThat(
      copies.every(({ from }) => from === 'build'),
      'the last stage copies from the context',
    )
    assertThat(/^[1-9]\d*:[1-9]\d*$/.test(of(final, 'USER').at(-1)?.user ?? ''), 'it ends as root')
    const [entrypoint] = of(final, 'ENTRYPOINT')
    assertEqual(entrypoint?.command.form, 'exec', 'the form of the entrypoint, for signals')
  })
  await report.check('every addon that the bundle leaves out is in it', async () => {
    const bundler = await readText('packages/cli/bundle.mjs')
    const addons = /external: \[([^\]]*)\]/.exec(bundler)?.[1]?.match(/[^', ]+/g) ?? []
    assertThat(addons.length > 0, 'packages/cli/bundle.mjs names no addon')
    const script = of(build, 'RUN')
      .map(({ original }) => original)
      .join('\n')
    for (const addon of addons) assertThat(script.includes(`node_modules/${addon}`), `${addon} is not copied`)
  })
  await report.check('keys, installed packages and the history stay out of its context', async () => {
    const ignored = (await readText('.dockerignore')).split('\n')
    for (const name of ['.git', '.env', '**/node_modules', '**/dist', 'data']) {
      assertThat(ignored.includes(name), `.dockerignore does not name ${name}`)
    }
  })
}

function of<K extends Instruction['kind']>(stage: Stage | undefined, kind: K) {
  type Found = Extract<Instruction, { readonly kind: K }>
  return (stage?.instructions ?? []).filter((instruction): instruction is Found => instruction.kind === kind)
}

function readText(name: string): Promise<string> {
  return readFile(join(repositoryRoot, name), 'utf8')
}
