import { Writable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { print } from './invocation.ts'

const collected = (terminal: { readonly isTTY?: true } = {}) => {
  const chunks: Buffer[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => void done(void chunks.push(chunk)) })
  return { stream: Object.assign(stream, terminal), text: () => Buffer.concat(chunks).toString() }
}

test('a terminal gets no orders, and a file gets the text as it is', async () => {
  const [terminal, file] = [collected({ isTTY: true }), collected()]
  for (const { stream } of [terminal, file]) await print(stream, '\u001b[2Jlabel\n')
  expect([terminal.text(), file.text()]).toEqual(['\\x1b[2Jlabel\n', '\u001b[2Jlabel\n'])
})

test('bytes are what a container printed, and reach the terminal as they are', async () => {
  const terminal = collected({ isTTY: true })
  await print(terminal.stream, Buffer.from('\u001b[2J'))
  expect(terminal.text()).toBe('\u001b[2J')
})
