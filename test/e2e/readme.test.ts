/**
 * The README's tour, typed line by line.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { useSetup } from './setup.ts'

const root = join(import.meta.dirname, '../..')

describe('the tour in the README', () => {
  const setup = useSetup()

  test('every line works as typed', async () => {
    const lines = tour()
    expect(lines).toContain('export TSREG_REGISTRY=localhost:5000')
    const commands = lines.filter((line) => line.startsWith('./tsreg '))
    expect(commands.length).toBeGreaterThan(10)
    // Nothing but comments and what was just looked at: a line of another kind would go untyped.
    expect(lines.filter((line) => !/^(#.*|\.\/tsreg .*|export TSREG_REGISTRY=localhost:5000|)$/.test(line))).toEqual([])
    for (const command of commands) {
      const words = command.split(' ').slice(1)
      const { code, stderr } = await setup.cli.runWith({ cwd: root }, ...words)
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' })
    }
    const { stdout } = await setup.cli.run('repos')
    expect(stdout).toBe('centos\nmirror/centos\nteam/base\nteam/ls\n')
  })
})

function tour(): string[] {
  const section = readFileSync(join(root, 'README.md'), 'utf8')
    .split('\n## ')
    .find((each) => each.startsWith('A five-minute tour'))
  const block = /```sh\n([\s\S]*?)```/.exec(section ?? '')?.[1]
  if (block === undefined) throw new Error('the README has no tour')
  return block.split('\n')
}
