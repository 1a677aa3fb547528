/**
 * `tsreg build`: an image from a Dockerfile, without a daemon.
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuiltImage } from '@tsreg/builder'
import type { Layout } from '@tsreg/image'
import { formatReference, type Reference } from '@tsreg/oci'
import type { OperationOptions } from '@tsreg/oci/content'
import { type Command, Option } from 'commander'
import { type BuildFlags, buildOptions } from '../build/build-flags.ts'
import { readInputs } from '../build/build-inputs.ts'
import { BuildReport } from '../build/build-report.ts'
import { classicFailure } from '../build/classic-failure.ts'
import { contextLine } from '../build/context-line.ts'
import { surroundingsOf } from '../build/surroundings.ts'
import { createTeller } from '../build/teller.ts'
import { refuseUnbuiltFlags, withUnbuiltFlags } from '../build/unbuilt-flags.ts'
import { CliError } from '../errors.ts'
import { type Invocation, print } from '../invocation.ts'
import { printJson } from '../output/json.ts'
import { openSession, type Session } from '../session.ts'
import { verb, withJson, withPlatform, withQuiet, withRemote } from '../verb.ts'

export function build(invocation: Invocation): Command {
  const command = verb('build', 'Build an image from a Dockerfile, one image per step', [
    ['tsreg build -t team/app:v1 .', 'From ./Dockerfile, with the files of this directory'],
    ['tsreg build --explain .', 'And say of each step that is not cached what differs'],
    ['tsreg build --build-arg VERSION=2 --target test -f ci/Dockerfile .', 'One stage, with an argument'],
    ['tsreg build -t localhost:5000/app:v1 --push .', 'And send it to its registry'],
  ])
    .argument('<directory>', 'Build context: what COPY and ADD take files from; - for a Dockerfile on standard input')
    .option('-t, --tag <name>', 'Name of the image; may be given several times', collect, [])
    .option('-f, --file <file>', 'The Dockerfile (default DIRECTORY/Dockerfile; - for standard input)')
    .option('--build-arg <name=value>', 'Value of an ARG; a name alone takes it from the environment', collect, [])
    .option('--label <name=value>', 'Label of the image', collect, [])
    .option('--target <stage>', 'Build up to this stage, by name or number')
    .option('--no-cache', 'Execute every step')
    .option('--pull', 'Ask the registry for newer base images')
    .option('--push', 'Send the image to the registries of its names')
    .option('--iidfile <file>', 'Write the ID of the image into a file')
    .option('--network <mode>', 'Network of commands: host or none (default host)')
    .option('--explain', 'Say why steps are not found in the cache')
    .addOption(progressOption())
  withPlatform(withQuiet(command, 'Print only the ID'), 'Build for this platform')
  withUnbuiltFlags(withJson(withRemote(command)))
  return command.action(async (directory: string, flags: BuildFlags) => {
    refuseUnbuiltFlags(flags as unknown as Record<string, unknown>)
    await runBuild(directory, flags, invocation)
  })
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value]
}

function progressOption(): Option {
  const description = 'plain: lines as docker 20.10 prints them; classic: as docker did up to 1.8'
  return new Option('--progress <style>', description).choices(['auto', 'plain', 'classic']).default('auto')
}

async function runBuild(directory: string, flags: BuildFlags, invocation: Invocation): Promise<void> {
  const options = buildOptions(flags, invocation)
  const quiet = flags.quiet === true || flags.json === true
  const style = flags.progress === 'classic' ? 'classic' : 'plain'
  await using session = await openSession(invocation, flags)
  const names = flags.tag.map((text) => session.reference(text))
  if (flags.push && names.length === 0) throw new CliError('USAGE', '--push needs the name of the image: --tag NAME')
  const cacheDirectory = join(session.config.home, 'build-cache')
  await using inputs = await readInputs({ directory, file: flags.file, cacheDirectory }, invocation)
  const teller = createTeller(invocation, { style, quiet })
  const report = new BuildReport()
  try {
    const shown = { ...teller, onEvent: report.watch(teller.onEvent) }
    const surroundings = await surroundingsOf({ session, inputs, teller: shown, flags, invocation, cacheDirectory })
    const { build: buildImage } = await import('@tsreg/builder')
    if (style === 'classic' && inputs.context !== undefined) teller.line(await contextLine(inputs.context, options))
    const image = await buildImage(inputs.file, surroundings, { ...options, dockerfileTime: inputs.dockerfileTime })
    await nameImage(surroundings.images, image, names, options)
    // Docker of the classic age said nothing of names.
    for (const name of style === 'plain' ? names : []) teller.line(`Successfully tagged ${session.show(name)}`)
    teller.close(false)
    await tellResult({ image, names, session, report, flags, invocation })
  } catch (error) {
    teller.close(true)
    throw style === 'classic' ? await classicFailure(error) : error
  }
}

/** Each name at once; one that the image has already costs nothing. */
async function nameImage(
  images: Layout,
  { manifest }: BuiltImage,
  names: readonly Reference[],
  options: OperationOptions,
): Promise<void> {
  if (manifest === undefined) throw new TypeError('a build ends with an image')
  const entries = await images.entries(options)
  for (const name of names.map(formatReference)) {
    const isThere = entries.some((entry) => entry.reference === name && entry.descriptor.digest === manifest.digest)
    if (!isThere) await images.tag(manifest, name, options)
  }
}

interface BuildOutcome {
  readonly image: BuiltImage
  readonly names: readonly Reference[]
  readonly session: Session
  readonly report: BuildReport
  readonly flags: BuildFlags
  readonly invocation: Invocation
}

async function tellResult({ image, names, session, report, flags, invocation }: BuildOutcome): Promise<void> {
  const quiet = flags.quiet === true || flags.json === true
  if (flags.iidfile !== undefined) await writeFile(flags.iidfile, `${image.imageId}`)
  if (flags.quiet && !flags.json) await print(invocation.stdout, `${image.imageId}\n`)
  for (const name of flags.push ? names : []) {
    // As JSON it prints nothing itself.
    await (await import('../push-image.ts')).pushImage(session, formatReference(name), { json: quiet }, invocation)
  }
  if (flags.json) await printJson(invocation.stdout, report.document(image, names.map(formatReference)))
}
