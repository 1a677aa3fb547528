/**
 * From a node of the tree to the instruction it is.
 * @module
 */
import { suggest } from '@tsreg/oci'
import type { BuilderError, SourcePlace } from '../../errors.ts'
import type { InstructionNode } from '../ast.ts'
import type { FromInstruction, Instruction } from '../instruction.ts'
import { isKeyword, type Keyword, keywords } from '../keywords.ts'
import { invalid, placeOf } from '../place.ts'
import { readCmd, readEntrypoint, readRun, readShell } from './commands.ts'
import { readAdd, readCopy } from './copy.ts'
import { readFlags } from './flags.ts'
import { readFrom } from './from.ts'
import { readHealthcheck } from './healthcheck.ts'
import { readArg, readEnv, readLabel } from './names.ts'
import type { NodeReading } from './node-reading.ts'
import { readOnbuild } from './onbuild.ts'
import { readExpose, readMaintainer, readStopsignal, readUser, readVolume, readWorkdir } from './settings.ts'

const readers: Readonly<Record<Keyword, (reading: NodeReading) => FromInstruction | Instruction>> = {
  add: readAdd,
  arg: readArg,
  cmd: readCmd,
  copy: readCopy,
  entrypoint: readEntrypoint,
  env: readEnv,
  expose: readExpose,
  from: readFrom,
  healthcheck: readHealthcheck,
  label: readLabel,
  maintainer: readMaintainer,
  onbuild: readOnbuild,
  run: readRun,
  shell: readShell,
  stopsignal: readStopsignal,
  user: readUser,
  volume: readVolume,
  workdir: readWorkdir,
}

/** @throws INSTRUCTION_UNKNOWN, FLAG_UNKNOWN, FEATURE_UNSUPPORTED, DOCKERFILE_INVALID; each names file, line and text */
export function readInstruction(node: InstructionNode, fileName: string): FromInstruction | Instruction {
  const place = placeOf(fileName, node)
  const { keyword } = node
  if (!isKeyword(keyword)) throw unknown(node, place)
  const flags = readFlags(node.flags, keyword, place)
  return readers[keyword]({ node, keyword: keyword.toUpperCase(), flags, place })
}

function unknown({ keyword, writtenKeyword }: InstructionNode, place: SourcePlace): BuilderError {
  const nearest = suggest(keyword, keywords)
  const hint = nearest === undefined ? '' : `, did you mean ${nearest.toUpperCase()}?`
  return invalid(place, `unknown instruction ${writtenKeyword.slice(0, 100)}${hint}`, {
    code: 'INSTRUCTION_UNKNOWN',
    detail: { instruction: writtenKeyword },
  })
}
