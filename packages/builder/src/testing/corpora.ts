/**
 * Where the corpora lie: cases that others wrote, beside the checkout or where TSREG_CORPORA says.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folder of the corpus, or undefined where it is absent. With TSREG_CORPORA_REQUIRED=1 its absence is an error. */
export function corpusDirectory(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const checkout = resolve(import.meta.dirname, '../../../..')
  const directory = join(environment.TSREG_CORPORA ?? join(checkout, '../shared/corpora'), name)
  if (existsSync(directory)) return directory
  if (environment.TSREG_CORPORA_REQUIRED === '1') throw new Error(`the corpus ${directory} is absent`)
  return undefined
}

/** The folders in one, sorted. */
export function folders(directory: string): readonly string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

/** `A|input|output`, blanks around the columns removed, without comments and empty lines. */
export function tableRows(file: string): readonly (readonly string[])[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#')).map((line) => line.split('|'))
}
