/**
 * The order of the packages (docs/architecture.md): imports only point down, siblings in a row never meet.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '../..')

/** What each package may import; `testkit` stands beside them and only tests may import it. */
const allowed: Record<string, readonly string[]> = {
  oci: [],
  testkit: ['oci'],
  storage: ['oci'],
  client: ['oci'],
  image: ['oci'],
  runtime: ['image', 'oci'],
  registry: ['storage', 'oci'],
  builder: ['runtime', 'image', 'oci'],
  cli: ['registry', 'builder', 'runtime', 'storage', 'client', 'image', 'oci'],
}

const packages = readdirSync(join(root, 'packages'))

describe('the order of the packages', () => {
  test('every package has its row', () => {
    expect(packages.toSorted()).toEqual(Object.keys(allowed).toSorted())
  })

  test.each(packages)('%s declares only what it may import', (name) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
    const own = Object.keys(manifest.dependencies ?? {}).flatMap((dependency) => workspaceName(dependency) ?? [])
    expect(own.filter((dependency) => !allowed[name]?.includes(dependency))).toEqual([])
    const dev = Object.keys(manifest.devDependencies ?? {}).flatMap((dependency) => workspaceName(dependency) ?? [])
    expect(dev.filter((dependency) => dependency !== 'testkit')).toEqual([])
  })

  test.each(packages)('the sources of %s import only what they may', (name) => {
    const offences = sourcesOf(join(root, 'packages', name, 'src')).flatMap((file) => {
      const mayTest = /\.test\.ts$|\/testing\/|\.fixture\.ts$/.test(file)
      return importsOf(file)
        .flatMap((specifier) => workspaceName(specifier) ?? [])
        .filter((target) => target !== name && !allowed[name]?.includes(target) && !(mayTest && target === 'testkit'))
        .map((target) => `${file.slice(root.length + 1)} imports ${target}`)
    })
    expect(offences).toEqual([])
  })

  test('oci opens no file and no socket', () => {
    const forbidden = /^node:(fs|net|http|https|http2|tls|dgram|child_process|worker_threads|sqlite)/
    const offences = sourcesOf(join(root, 'packages/oci/src'))
      .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
      .flatMap((file) => importsOf(file).filter((specifier) => forbidden.test(specifier)))
    expect(offences).toEqual([])
  })

  test('the SDK of S3 is loaded by who has an S3 bucket, and by nobody else', () => {
    const s3 = join(root, 'packages/storage/src/bucket/s3/')
    const others = packages
      .flatMap((name) => sourcesOf(join(root, 'packages', name, 'src')))
      .filter((file) => !file.startsWith(s3) && !/\.test\.ts$|\/testing\//.test(file))
    const offences = others.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => /'@(?:aws-sdk|smithy)\/|'[^']*\bs3\/index\.ts'|bucket\/s3'/.test(line))
        .filter(
          (line) =>
            !/^(?:import|export) type |await import\('\.\/s3\/index\.ts'\)/.test(
              line.trim().replace(/^const .* = /, ''),
            ),
        )
        .map((line) => `${file.slice(root.length + 1)}: ${line.trim()}`),
    )
    expect(offences).toEqual([])
  })

  test('no folder is named after nothing', () => {
    const folders = readdirSync(join(root, 'packages'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/node_modules|dist/.test(join(entry.parentPath, entry.name)))
      .map((entry) => entry.name)
    expect(folders.filter((folder) => /^(utils?|common|shared|core|helpers?|misc)$/.test(folder))).toEqual([])
  })
})

function workspaceName(specifier: string): string | undefined {
  return /^@tsreg\/([a-z]+)/.exec(specifier)?.[1]
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].flatMap((match) => match[1] ?? [])
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}
