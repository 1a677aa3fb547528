/**
 * Instructions that set a field of the config: EXPOSE, MAINTAINER, STOPSIGNAL, USER, VOLUME, WORKDIR.
 * @module
 */
import type {
  ExposeInstruction,
  MaintainerInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from '../instruction.ts'
import { invalid } from '../place.ts'
import { baseOf, type NodeReading, onlyArgument, someArguments } from './node-reading.ts'

export function readExpose(reading: NodeReading): ExposeInstruction {
  return { kind: 'EXPOSE', ...baseOf(reading), ports: someArguments(reading) }
}

export function readMaintainer(reading: NodeReading): MaintainerInstruction {
  return { kind: 'MAINTAINER', ...baseOf(reading), author: onlyArgument(reading) }
}

export function readStopsignal(reading: NodeReading): StopsignalInstruction {
  return { kind: 'STOPSIGNAL', ...baseOf(reading), signal: onlyArgument(reading) }
}

export function readUser(reading: NodeReading): UserInstruction {
  return { kind: 'USER', ...baseOf(reading), user: onlyArgument(reading) }
}

export function readVolume(reading: NodeReading): VolumeInstruction {
  const volumes = someArguments(reading)
  if (volumes.some((volume) => volume.trim() === '')) throw invalid(reading.place, 'a path in VOLUME is empty')
  return { kind: 'VOLUME', ...baseOf(reading), volumes }
}

export function readWorkdir(reading: NodeReading): WorkdirInstruction {
  return { kind: 'WORKDIR', ...baseOf(reading), path: onlyArgument(reading) }
}
