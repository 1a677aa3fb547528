/**
 * What is kept of a step that was executed: the image it made, and what it was made from, to tell later what differs.
 * @module
 */
import { type Descriptor, type Digest, isDigest } from '@tsreg/oci'

/** What a person would call the inputs of a step. */
export interface StepFacts {
  /** The instruction in upper case. */
  readonly keyword: string
  /** As it stands in the Dockerfile. */
  readonly text: string
  /** As the history shows it. */
  readonly createdBy: string
  /** The command of RUN, without its arguments. */
  readonly command?: string
  /** The build arguments that RUN counts. */
  readonly buildArgs?: Readonly<Record<string, string>>
  /** Of the copied files: see `SourceSum`. */
  readonly sum?: string
  /** `--chown` and `--chmod`, where COPY goes. */
  readonly chown?: string
  readonly chmod?: string
  readonly destination?: string
}

export interface StepRecord {
  readonly imageId: Digest
  readonly manifest: Descriptor
  readonly facts: StepFacts
}

const version = 1

export function formatRecord(record: StepRecord): string {
  return JSON.stringify({ version, ...record })
}

/** Undefined for what is no record, or one of another version: it is as good as none. */
export function parseRecord(text: string): StepRecord | undefined {
  try {
    const { version: found, ...record } = JSON.parse(text)
    const { manifest, imageId, facts } = record
    const isRecord =
      found === version && isDigest(imageId) && isDigest(manifest.digest) && typeof facts.text === 'string'
    return isRecord ? record : undefined
  } catch {
    return undefined
  }
}
